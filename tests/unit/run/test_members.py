"""What a program says of its pool, its tasks and its end, as the compiler makes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec.compiler.members import ends_by_itself, is_empty, is_open, manager, task_ids
from batchspec.compiler.program import Finish
from batchspec.run import Options
from tests.support.project import Project
from tests.support.world import World

POOL = "pool: {id: own, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}\n"
TASKS = "tasks: [{id: a, command: /bin/true}]\n"
HEAD = "batchspec: v1\nname: demo\n"
AUTO = (
    "{auto_pool_specification: {pool_lifetime_option: job, pool: "
    "{vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}}}"
)

POOLS = {
    "its own": (POOL + "job: {id: j}\n" + TASKS, "own", None),
    "none but its own": (POOL, "own", None),
    "another": ("job: {id: j, pool_info: {pool_id: other}}\n" + TASKS, "other", (3, 35)),
    "one of the service": (f"job: {{id: j, pool_info: {AUTO}}}\n" + TASKS, None, (3, 25)),
}


@pytest.mark.parametrize(("text", "pool_id", "place"), POOLS.values(), ids=POOLS)
def test_the_pool_that_the_work_runs_on(
    project: Project, text: str, pool_id: str | None, place: tuple[int, int] | None
) -> None:
    made = project.program(HEAD + text)

    assert made.pool_id == pool_id
    span = made.pool_info.origin.span if made.pool_info else None
    assert (span and (span.start.line, span.start.column)) == place


FINISHES = {
    "": Finish("keep", "keep"),
    "on_finish: {}\n": Finish("keep", "keep"),
    "on_finish: {pool: scale_to_zero}\n": Finish("scale_to_zero", "keep"),
    "on_finish: {pool: delete, job: delete}\n": Finish("delete", "delete"),
}


@pytest.mark.parametrize(("text", "asked"), FINISHES.items())
def test_what_on_finish_says_is_the_programs_and_makes_no_other_job(project: Project, text: str, asked: Finish) -> None:
    plain = project.program(HEAD + POOL + "job: {id: j}\n" + TASKS)
    made = project.program(HEAD + text + POOL + "job: {id: j}\n" + TASKS)

    assert made.finish == asked
    assert made.job is not None
    assert plain.job is not None
    assert made.job.body.serialize() == plain.job.body.serialize()


@pytest.mark.parametrize(
    ("job", "tasks", "expected"),
    [
        ("{id: j}", TASKS, (True, False, False)),
        ("{id: j}", "", (True, True, True)),
        ("{id: j, job_manager_task: {id: m, command: x}}", "", (True, True, False)),
        ("{id: j, on_all_tasks_complete: noaction}", TASKS, (False, True, False)),
        ("{id: j, on_all_tasks_complete: null}", TASKS, (False, True, False)),
    ],
    ids=["tasks", "no tasks", "a manager", "no action", "null"],
)
def test_whether_a_job_ends_by_itself_is_open_and_is_empty(
    project: Project, job: str, tasks: str, expected: tuple[bool, bool, bool]
) -> None:
    made = project.program(f"{HEAD}{POOL}job: {job}\n{tasks}")

    assert (ends_by_itself(made), is_open(made), is_empty(made)) == expected


def test_the_manager_comes_before_the_specs_tasks_and_those_of_others_after_them(project: Project) -> None:
    made = project.program(f"{HEAD}{POOL}job: {{id: j, job_manager_task: {{id: m, command: x}}}}\n{TASKS}")

    first = manager(made)
    assert first is not None
    assert first.origin.pointer == "/job/job_manager_task"
    assert task_ids(made, ["a", "z", "m"]) == ["m", "a", "z"]


def test_what_a_job_manager_leaves_comes_home_as_that_of_any_task(project: Project, tmp_path: Path) -> None:
    leaves = "{id: m, command: x, outputs: [{path: plan.txt, download: true}]}"
    made = project.program(f"{HEAD}{POOL}job: {{id: j, job_manager_task: {leaves}}}\n")
    world = World()
    world.blobs.containers["batchspec"] = {"outputs/j/tasks/m/plan.txt": b"plan"}

    _, report = world.apply(made, Options(results=tmp_path / "out"))

    assert [path.relative_to(tmp_path).as_posix() for path in report.downloads] == ["out/j/m/plan.txt"]
