"""wait: the true end of work that is under way, which it does not touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from batchspec.compiler.program import Program
from batchspec.errors import ExitCode, UsageError
from batchspec.ports import DRAINED_KEY, JobView
from batchspec.run import Options, Report
from batchspec.run.events import Event, Finished, Output
from batchspec.run.incomplete import GRACE
from batchspec.run.wait import wait
from tests.support.fakes import Behaviour
from tests.support.programs import job_of, pool_of, program
from tests.support.world import World, codes, of

MADE = program({"a": [], "b": ["a"], "c": []})


def started(made: Program = MADE, **behaviours: Behaviour) -> World:
    world = World(behaviours)
    world.apply(made, Options(wait=False))
    return world


def waited(world: World, made: Program = MADE, timeout: float | None = None) -> tuple[list[Event], Report]:
    events = list(wait(made, world.batch, world.blobs, world.clock, timeout))
    last = events[-1]
    assert isinstance(last, Finished)
    return events, last.report


ENDS = {
    "all goes well": (Behaviour(stdout="x\n"), None, ExitCode.OK, []),
    "a task fails": (Behaviour(exit_code=2), None, ExitCode.TASKS_FAILED, ["BS801", "BS802"]),
    "there is no more time": (Behaviour(seconds=1e6), 30.0, ExitCode.TIMED_OUT, []),
}


@pytest.mark.parametrize(("behaviour", "timeout", "code", "found"), ENDS.values(), ids=ENDS)
def test_it_ends_as_an_apply_would(
    behaviour: Behaviour, timeout: float | None, code: ExitCode, found: list[str]
) -> None:
    events, report = waited(started(a=behaviour), timeout=timeout)

    assert (report.exit_code, codes(report)) == (code, found)
    assert of(events, Output) == []


def test_a_job_that_has_ended_has_its_verdict_still() -> None:
    world = started(a=Behaviour(exit_code=2))
    waited(world)
    world.batch.end_job("demo-job", "somebody")

    _, report = waited(world)

    assert report.exit_code == ExitCode.TASKS_FAILED


def test_it_does_not_end_a_job_that_cannot_end_by_itself() -> None:
    world = started(a=Behaviour(exit_code=2))

    waited(world)

    assert world.batch.get_job("demo-job").state == "active"
    assert not [entry for entry in world.batch.log if entry.startswith("terminate")]


def test_a_job_that_is_not_there_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        waited(World())


def test_a_job_of_somebody_else_is_a_usage_error() -> None:
    stranger = program(["a"], name="stranger")
    pool_of(stranger).id, job_of(stranger).id = "demo-pool", "demo-job"

    with pytest.raises(UsageError):
        waited(started(), stranger)


def test_a_job_that_waits_for_others_to_give_it_tasks_is_a_usage_error() -> None:
    made = program([], on_all_tasks_complete="noaction")

    with pytest.raises(UsageError):
        waited(started(made), made)


def half(world: World) -> None:
    """A job as an apply leaves it that was killed between its tasks."""
    world.batch.add_pool(pool_of(MADE))
    body = job_of(MADE)
    body.on_all_tasks_complete, asked = None, body.on_all_tasks_complete
    world.batch.add_job(body)
    body.on_all_tasks_complete = asked
    world.batch.add_tasks("demo-job", [MADE.tasks[0].body])


def test_a_job_that_nobody_completes_ends_the_wait_with_the_reason() -> None:
    world = World()
    half(world)

    _, report = waited(world)

    assert (report.exit_code, codes(report)) == (ExitCode.TASKS_FAILED, ["BS815"])
    assert GRACE <= world.clock.time < 2 * GRACE


def test_a_job_with_a_manager_that_nobody_lets_end_ends_the_wait_too() -> None:
    made = program(["a"], manager=True)
    job_of(made).job_manager_task.kill_job_on_completion = False
    world = World()
    world.batch.add_pool(pool_of(made))
    job_of(made).on_all_tasks_complete, asked = None, job_of(made).on_all_tasks_complete
    world.batch.add_job(job_of(made))
    job_of(made).on_all_tasks_complete = asked
    world.clock.listeners.append(lambda: pytest.fail("it waits for ever") if world.clock.time > 1000 else None)

    _, report = waited(world, made)

    assert (report.exit_code, codes(report)) == (ExitCode.TASKS_FAILED, ["BS815"])


def test_a_job_that_is_completed_meanwhile_is_waited_for() -> None:
    world = World()
    half(world)
    world.clock.listeners.append(once(world, 20.0, lambda: world.apply(MADE, Options(wait=False))))

    _, report = waited(world)

    assert (report.exit_code, report.counts.succeeded) == (ExitCode.OK, 3)


def once(world: World, when: float, act: Callable[[], object]) -> Callable[[], None]:
    left = [act]

    def listener() -> None:
        if world.clock.time >= when and left:
            left.pop()()

    return listener


def test_time_ends_for_a_job_that_nobody_completes_too() -> None:
    world = World()
    half(world)

    _, report = waited(world, timeout=10.0)

    assert (report.exit_code, codes(report)) == (ExitCode.TIMED_OUT, ["BS815"])


def test_a_pool_that_is_deleted_meanwhile_ends_it() -> None:
    world = started(a=Behaviour(seconds=1e6))
    world.clock.listeners.append(once(world, 20.0, lambda: world.batch.pools.clear()))

    _, report = waited(world)

    assert (report.exit_code, codes(report)) == (ExitCode.TASKS_FAILED, ["BS810"])


def test_a_job_that_is_deleted_meanwhile_ends_it() -> None:
    world = started(a=Behaviour(seconds=1e6))
    world.clock.listeners.append(once(world, 20.0, lambda: world.batch.delete_job("demo-job")))

    _, report = waited(world)

    assert report.exit_code == ExitCode.TASKS_FAILED
    assert "BS807" in codes(report)


def test_the_job_is_looked_at_and_not_asked_for_again() -> None:
    world = started()
    view: JobView = world.batch.get_job("demo-job")

    waited(world)

    assert world.batch.get_job("demo-job").etag == view.etag


def paused(world: World, running: str = "wait") -> None:
    """The job as an apply leaves it that was stopped while it was about to replace the pool."""
    job = world.batch.jobs["demo-job"]
    job.view = replace(job.view, metadata={**job.view.metadata, DRAINED_KEY: "demo-pool"})
    world.batch.disable_job("demo-job", running)


def test_what_still_runs_of_a_disabled_job_is_waited_for() -> None:
    world = started(a=Behaviour(seconds=300.0), c=Behaviour(seconds=300.0))
    world.clock.listeners.append(once(world, 20.0, lambda: world.batch.disable_job("demo-job", "wait")))

    _, report = waited(world)

    assert (report.exit_code, codes(report)) == (ExitCode.TASKS_FAILED, ["BS807"])
    assert (report.counts.succeeded, report.counts.active) == (2, 1)
    assert 'enable it with "batchspec apply"' in str(report.diagnostics[0].hint)


def test_a_job_that_goes_on_with_its_new_pool_is_waited_for() -> None:
    world = started(a=Behaviour(seconds=100.0))
    world.clock.listeners.append(once(world, 20.0, lambda: paused(world, "requeue")))
    world.clock.listeners.append(once(world, 60.0, lambda: world.batch.enable_job("demo-job")))

    _, report = waited(world)

    assert (report.exit_code, report.counts.succeeded) == (ExitCode.OK, 3)


def test_a_job_whose_new_pool_nobody_makes_ends_the_wait_with_what_to_do() -> None:
    world = started(a=Behaviour(seconds=1e6), c=Behaviour(seconds=1e6))
    world.clock.listeners.append(once(world, 20.0, lambda: paused(world, "requeue")))

    _, report = waited(world)

    assert codes(report) == ["BS807"]
    assert 'is paused while pool "demo-pool" is replaced' in report.diagnostics[0].message
    assert "apply again" in str(report.diagnostics[0].hint)
    assert 20 + GRACE <= world.clock.time < 20 + 2 * GRACE


def test_of_a_job_that_had_ended_its_own_time_is_reported() -> None:
    world = started()
    waited(world)
    job = world.batch.jobs["demo-job"]
    times = {"startTime": "2026-01-01T00:00:01.1234567Z", "endTime": "2026-01-01T00:02:02.7Z"}
    job.view = replace(job.view, body={"executionInfo": times})

    _, report = waited(world)

    assert report.took == 121.0
