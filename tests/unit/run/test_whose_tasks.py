"""A plan and a watch are about the spec's tasks: others in the job neither stand in for them nor fail for them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from azure.batch.models import TaskAddParameter

from batchspec.planning import Action
from batchspec.planning.text import headline
from batchspec.run import Options, Report, Verdict, apply
from batchspec.run.events import CountsMoved, Finished
from batchspec.run.look import plan_of
from tests.support.fakes import Behaviour
from tests.support.project import Project
from tests.support.world import World, codes

BASE = """\
batchspec: v1
name: demo
pool: {id: p, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: j}
tasks:
  - {id: a, command: /bin/true}
  - {id: b, command: /bin/true}
  - {id: c, command: /bin/true}
"""
WAITS = BASE + "  - {id: last, command: /bin/true, depends_on: [a]}\n"
MANY = BASE + "  - {id: 't-${{ matrix.i }}', command: /bin/true, matrix: {i: {range: 1500}}}\n"
LATER = Options(wait=False)
YES = Options(agree=lambda _plan: True)


def delete(world: World, task_id: str) -> None:
    world.batch.delete_task("j", task_id)


def add(world: World, task_id: str) -> None:
    world.batch.add_tasks("j", [TaskAddParameter(id=task_id, command_line="/bin/true")])


def instead(world: World) -> None:
    """Somebody deletes a task, and adds another."""
    delete(world, "c")
    add(world, "zz")


BY_HAND: dict[str, tuple[Callable[[World], None], list[str]]] = {
    "one is deleted": (lambda world: delete(world, "c"), ['create 1 task of job j: "c"']),
    "one is added": (lambda world: add(world, "zz"), ['delete 1 task of job j: "zz"']),
    "one comes for another": (instead, ['delete 1 task of job j: "zz"', 'create 1 task of job j: "c"']),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_tasks_that_somebody_deletes_or_adds_by_hand_are_in_the_plan(project: Project, case: str) -> None:
    change, wanted = BY_HAND[case]
    world, made = World(), project.program(BASE)
    world.apply(made, LATER)
    change(world)

    plan = plan_of(made, world.batch, world.blobs, world.clock)
    _, report = world.apply(made, YES)

    assert [headline(one) for one in plan.changes if one.action is not Action.NOTHING] == wanted
    assert report.verdict is Verdict.SUCCEEDED, codes(report)
    assert sorted(world.batch.jobs["j"].tasks) == ["a", "b", "c"]


def test_a_plan_says_that_it_is_not_the_spec_that_has_changed(project: Project) -> None:
    world, made = World(), project.program(BASE)
    world.apply(made, LATER)
    instead(world)

    plan = plan_of(made, world.batch, world.blobs, world.clock)

    reasons = [reason for one in plan.changes if one.kind == "tasks" for reason in one.reasons]
    assert reasons == ['the spec has not "zz"', 'it does not hold "c": never added, or deleted since']


def test_of_a_job_that_has_completed_a_task_that_is_gone_is_told(project: Project) -> None:
    world, made = World(), project.program(BASE)
    world.apply(made)
    delete(world, "c")

    plan = plan_of(made, world.batch, world.blobs, world.clock)

    job = plan.of("job")
    assert job is not None
    assert job.action is Action.REPLACE
    assert job.reasons[0] == 'it does not hold "c": never added, or deleted since'


def while_it_runs(world: World, project: Project, text: str, change: Callable[[World], None]) -> Report:
    """A watching apply; somebody does something to its job once all of its tasks are there."""
    done = count()
    for event in apply(project.program(text), world.batch, world.blobs, world.clock, YES):
        if isinstance(event, CountsMoved) and next(done) == 0:
            change(world)
        if isinstance(event, Finished):
            return event.report
    raise AssertionError("it ends with Finished")


@pytest.mark.parametrize("text", [BASE, MANY], ids=["few", "many"])
def test_another_task_does_not_stand_in_for_one_of_the_specs(project: Project, text: str) -> None:
    world = World(slots=100)
    world.batch.behaviours = {"b": Behaviour(seconds=20.0), "c": Behaviour(seconds=30.0)}

    report = while_it_runs(world, project, text, instead)

    assert (report.verdict, codes(report)) == (Verdict.BLOCKED, ["BS703"])
    told = 'job "j" does not hold task "c" of the spec; it holds "zz", which the spec has not'
    assert report.diagnostics[0].message == told
    assert report.counts is not None
    assert (report.counts.succeeded, report.counts.active) == (len(project.program(text).task_ids) - 1, 0)


def test_the_failure_of_another_task_is_none_of_the_specs(project: Project) -> None:
    world = World({"zz": Behaviour(exit_code=1), "c": Behaviour(seconds=30.0)})

    report = while_it_runs(world, project, BASE, lambda world: add(world, "zz"))

    assert (report.verdict, codes(report)) == (Verdict.SUCCEEDED, [])
    assert [row.id for row in report.tasks] == ["a", "b", "c"]


def test_another_task_does_not_count_beside_one_that_failed_and_what_that_blocks(project: Project) -> None:
    world = World({"a": Behaviour(exit_code=1), "b": Behaviour(seconds=5.0), "c": Behaviour(seconds=30.0)}, slots=4)

    report = while_it_runs(world, project, WAITS, lambda world: add(world, "zz"))

    states = {row.id: row.state for row in report.tasks}
    assert report.verdict is Verdict.FAILED
    assert states == {"a": "completed", "b": "completed", "c": "completed", "last": "blocked"}


def test_a_job_that_lost_a_task_that_it_waits_for_is_no_reason_to_watch_for_ever(project: Project) -> None:
    world = World({"a": Behaviour(seconds=5.0), "b": Behaviour(seconds=5.0), "c": Behaviour(seconds=30.0)})

    report = while_it_runs(world, project, WAITS, lambda world: delete(world, "last"))

    assert (report.verdict, codes(report)) == (Verdict.BLOCKED, ["BS703"])


def test_the_case_of_an_id_makes_no_other_task(project: Project) -> None:
    world = World()
    world.apply(project.program(BASE), LATER)

    _, report = world.apply(project.program(BASE.replace("id: c", "id: C")), YES)

    assert report.verdict is Verdict.SUCCEEDED, codes(report)
