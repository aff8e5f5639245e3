"""A program read back from the service says of its tasks what the one that was applied says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchspec.compiler.layout import output_of, task_folder
from batchspec.compiler.members import ends_by_itself, is_empty, is_open, task_ids
from batchspec.compiler.program import Logs, Program
from batchspec.compiler.recall import recall
from batchspec.ports import CONTAINER_KEY, STAYS_KEY, JobView
from tests.support.project import HEAD, Project

FULL = """\
tasks:
  - {id: a, name: first, command: /bin/true, timeout: 90s, required_slots: 2, retries: 3}
  - id: b
    depends_on: [a]
    command: /bin/true
    exit_conditions:
      exit_codes: [{code: 3, exit_options: {dependency_action: satisfy}}]
      default: {dependency_action: block}
"""
MPI = """\
tasks:
  - {id: c, command: /bin/true, multi_instance_settings: {coordination_command_line: /bin/true, number_of_instances: 2}}
"""
SPECS = {
    "several nodes": HEAD.replace("{dedicated: 1}", "{dedicated: 2}, enable_inter_node_communication: true") + MPI,
    "tasks": HEAD.replace("nodes:", "task_slots_per_node: 2, nodes:") + FULL,
    "stays": HEAD.replace("job: {id: demo}", "job: {id: demo, on_all_tasks_complete: noaction}"),
    "a manager": HEAD.replace("job: {id: demo}", "job: {id: demo, job_manager_task: {id: m, command: /bin/true}}"),
    "prepared, with a limit": HEAD.replace(
        "job: {id: demo}", "job: {id: demo, timeout: 2h, prepare: {command: /bin/true}}"
    ),
    "a pool of its own": "batchspec: v1\nname: demo\nstorage: {container: mine}\n"
    "job: {id: demo, pool_info: {auto_pool_specification: {pool_lifetime_option: job, pool: {vm_size: Standard_D2s_v5, "
    "image: ubuntu-24.04, nodes: {dedicated: 1}}}}}\ntasks: [{id: t, command: /bin/true}]\n",
}


def told(made: Program, *, ids: Callable[[], list[str]] | None = None) -> tuple[JobView, Callable[[], list[str]], Any]:
    """What a service tells of the job once it is made, before it is armed."""
    assert made.job is not None
    body = made.job.body.serialize()
    marks = {item["name"]: item["value"] for item in body["metadata"]}
    view = JobView(
        "demo", "active", "1", marks, made.pool_id or "", False, body={**body, "onAllTasksComplete": "noaction"}
    )
    listed = [task.body.serialize() for task in made.tasks]
    first = body.get("jobManagerTask")
    listed += [{"id": first["id"], "commandLine": ""}] if first else []
    return view, ids or (lambda: [one["id"] for one in listed]), lambda: listed


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_what_a_run_asks_of_a_program_is_the_same(project: Project, text: str) -> None:
    made = project.program(text)

    found = recall(*told(made), "2025-06-01", stores=True)

    for of in (task_ids, is_open, is_empty, ends_by_itself):
        assert of(found) == of(made), of
    for name in ("name", "container", "job_id", "pool_id", "logs"):
        assert getattr(found, name) == getattr(made, name), name
    assert found.job is not None
    assert made.job is not None
    assert bool(found.job.body.job_preparation_task) == bool(made.job.body.job_preparation_task)
    assert found.job.body.constraints == made.job.body.constraints
    for one, other in zip(found.tasks, made.tasks, strict=True):
        for member in ("id", "display_name", "depends_on", "exit_conditions", "constraints", "required_slots"):
            assert getattr(one.body, member) == getattr(other.body, member), member
        assert getattr(one.body.multi_instance_settings, "number_of_instances", None) == getattr(
            other.body.multi_instance_settings, "number_of_instances", None
        )


def test_what_nobody_asks_for_is_not_fetched(project: Project) -> None:
    view, ids, _ = told(project.program(SPECS["tasks"]))

    def never() -> Any:
        raise AssertionError("the bodies of all tasks were asked for")

    assert list(recall(view, ids, never, "2025-06-01", stores=True).task_ids) == ["a", "b"]
    assert recall(view, never, never, "2025-06-01", stores=True).job_id == "demo"


def test_a_task_that_was_deleted_meanwhile_is_known_by_its_id(project: Project) -> None:
    view, ids, _ = told(project.program(SPECS["tasks"]))

    found = recall(view, ids, list, "2025-06-01", stores=True)

    assert [task.body.id for task in found.tasks] == ["a", "b"]


def test_nothing_secret_is_read(project: Project) -> None:
    made = project.program(f"{HEAD}tasks: [{{id: a, command: /bin/true, environment: {{TOKEN: x}}}}]\n")

    found = recall(*told(made), "2025-06-01", stores=True)

    assert made.tasks[0].body.environment_settings
    assert found.tasks[0].body.environment_settings is None


def test_a_job_of_somebody_else_has_no_container_and_no_logs() -> None:
    view = JobView("theirs", "active", "1", {}, "p", True, body={"id": "theirs", "poolInfo": {"poolId": "p"}})

    found = recall(view, list, list, "2025-06-01", stores=True)

    assert (found.name, found.container, found.logs, found.pool_id) == ("", "", Logs.NOWHERE, "p")


def test_only_a_job_that_stays_is_marked_so(project: Project) -> None:
    marks = [told(project.program(SPECS[name]))[0].metadata for name in ("tasks", "stays")]

    assert [STAYS_KEY in one for one in marks] == [False, True]
    assert {one[CONTAINER_KEY] for one in marks} == {"batchspec"}


@pytest.mark.parametrize("job_id", ["demo", "nightly:job-3"])
@pytest.mark.parametrize("name", ["null", "group", '"a group/of tasks"', "groups", "..."])
def test_an_output_knows_its_task_and_its_path(project: Project, job_id: str, name: str) -> None:
    spec = project.spec(f"{HEAD}tasks: [{{id: t, name: {name}, command: /bin/true}}]\n".replace("name: null, ", ""))

    folder = task_folder(job_id, spec.tasks[0])

    assert output_of(job_id, f"{folder}/deep/out.txt") == ("t", "deep/out.txt")
    assert output_of("another", f"{folder}/out.txt") is None


@pytest.mark.parametrize("blob", ["inputs/x", "outputs/demo/logs/t/stdout.txt", "outputs/demo/tasks/t", "outputs/demo"])
def test_what_is_no_output_is_nobodys(blob: str) -> None:
    assert output_of("demo", blob) is None
