"""A run followed by its id alone: nothing but the service says what was asked for."""

from __future__ import annotations

import pytest

import batchspec
from batchspec.compiler.program import Program
from batchspec.ports import Fault
from batchspec.run import Options, Report
from batchspec.run.events import CountsMoved, Event, Finished, JobTerminated, TaskMoved
from batchspec.run.report import Verdict
from tests.support.fakes import Behaviour
from tests.support.place import run_in
from tests.support.programs import job_of, pool_of
from tests.support.project import HEAD, Project
from tests.support.runs import JOB, started
from tests.support.world import World, codes, of

SCENES: dict[str, tuple[str, dict[str, Behaviour]]] = {
    "all goes well": (JOB, {}),
    "a task fails, and another waits for it": (JOB, {"a": Behaviour(exit_code=2, stderr="no\n")}),
    "a task fails, and nobody waits": (JOB, {"c": Behaviour(exit_code=1)}),
    "a task fails, and its dependents go on all the same": (
        JOB.replace("{id: a,", "{id: a, on_dependency_failure: satisfy,"),
        {"a": Behaviour(exit_code=1)},
    ),
    "a job that stays active": (JOB.replace("job: {id: demo", "job: {id: demo, on_all_tasks_complete: noaction"), {}),
    "a range of ids": (
        HEAD
        + "tasks:\n  - {id: 1, command: /bin/true}\n  - {id: 2, command: /bin/true}\n"
        + "  - {id: z, command: /bin/true, depends_on: [{start: 1, end: 2}]}\n",
        {"2": Behaviour(exit_code=1)},
    ),
}


def essence(report: Report) -> tuple[object, ...]:
    """What a report says, but for the times and places."""
    rows = [(row.id, row.state, row.succeeded, row.exit_code) for row in report.tasks]
    found = [(one.diagnostic.code, one.diagnostic.message, one.excerpt) for one in report.findings]
    return report.verdict, report.job_id, report.pool_id, report.counts, report.blocked, rows, found


@pytest.mark.parametrize(("text", "behaviours"), SCENES.values(), ids=SCENES)
def test_its_wait_comes_to_what_the_apply_comes_to(
    project: Project, text: str, behaviours: dict[str, Behaviour]
) -> None:
    _, wanted = World(behaviours).apply(project.program(text))

    report = run_in(started(project, text, behaviours)).wait()

    assert essence(report) == essence(wanted)


def test_what_is_found_has_no_place_in_a_spec_that_nobody_knows(project: Project) -> None:
    report = run_in(started(project, behaviours={"a": Behaviour(exit_code=2)})).wait()

    assert codes(report) == ["BS801", "BS802"]
    assert {found.span for found in report.diagnostics} == {None}


def test_a_wait_without_the_time_for_it_says_what_runs(project: Project) -> None:
    report = run_in(started(project, behaviours={"a": Behaviour(seconds=1e6)})).wait(timeout=60.0)

    assert (report.verdict, report.running) == (Verdict.TIMED_OUT, ("a",))


def test_a_wait_ends_nothing_that_others_may_mend(project: Project) -> None:
    world = started(project, behaviours={"a": Behaviour(exit_code=2)})

    events = list(batchspec.watch(run_in(world)))

    assert of(events, JobTerminated) == []
    assert world.batch.get_job("demo").state == "active"


def test_what_happens_is_told_and_the_report_comes_last(project: Project) -> None:
    events: list[Event] = list(batchspec.watch(run_in(started(project))))

    assert of(events, CountsMoved)
    assert {moved.task.id for moved in of(events, TaskMoved)} == {"a", "b", "c"}
    assert [index for index, event in enumerate(events) if isinstance(event, Finished)] == [len(events) - 1]


TWO = HEAD + "tasks:\n  - {id: a, command: /bin/true}\n  - {id: b, command: /bin/true}\n"


def unfinished(world: World, made: Program) -> None:
    """An apply that has come as far as the first task."""
    job = job_of(made)
    world.batch.add_pool(pool_of(made))
    action, job.on_all_tasks_complete = job.on_all_tasks_complete, None
    world.batch.add_job(job)
    job.on_all_tasks_complete = action
    world.batch.add_tasks("demo", [made.tasks[0].body])


def test_a_run_that_an_apply_is_still_filling_is_waited_for_whole(project: Project) -> None:
    """The job holds one of two tasks, which ends long before the apply comes back to add the other and arm it."""
    made = project.program(TWO)
    world = World()
    unfinished(world, made)
    filled = False

    def fill() -> None:
        nonlocal filled
        if world.clock.time > 40.0 and not filled:
            filled = True
            world.batch.add_tasks("demo", [made.tasks[1].body])
            world.batch.arm_job("demo")

    world.clock.listeners.append(fill)
    report = run_in(world).wait()

    assert report.verdict is Verdict.SUCCEEDED
    assert [row.id for row in report.tasks] == ["a", "b"]


def test_a_job_that_nobody_fills_any_more_is_not_called_done(project: Project) -> None:
    world = World()
    unfinished(world, project.program(TWO))

    run = run_in(world)
    report = run.wait()

    assert (report.verdict, codes(report)) == (Verdict.BLOCKED, ["BS815"])
    assert run.status().verdict is None


def test_a_job_manager_is_a_task_of_its_run(project: Project) -> None:
    boss = "job_manager_task: {id: boss, command: /bin/true, kill_job_on_completion: false}"
    text = HEAD.replace("job: {id: demo}", f"job: {{id: demo, {boss}}}")
    world = World()
    world.batch.adds = ("x", "y")
    world.apply(project.program(text), Options(wait=False))

    report = run_in(world).wait()

    assert (report.verdict, [row.id for row in report.tasks]) == (Verdict.SUCCEEDED, ["boss", "x", "y"])


def test_a_pool_that_cannot_run_anything_is_told(project: Project) -> None:
    world = World()
    world.batch.nodes = 0
    world.batch.resize_errors = (Fault("AccountCoreQuotaReached", "no cores left"),)
    world.apply(project.program(JOB), Options(wait=False))

    report = run_in(world).wait()

    assert (report.verdict, codes(report)) == (Verdict.BLOCKED, ["BS805"])
