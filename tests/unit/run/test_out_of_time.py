"""--timeout bounds all that an apply waits for; what it leaves then is told, and any later apply goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from batchspec.cli.views import tables
from batchspec.errors import Busy, ExitCode, OutOfTime
from batchspec.planning import Plan
from batchspec.ports import DRAINED_KEY, AddResult
from batchspec.run import Options, Report, Verdict
from batchspec.run.events import Finished
from batchspec.run.wait import wait
from batchspec.run.within import within
from tests.support.fakes import Behaviour, FakeClock
from tests.support.moving import BASE, LARGER, MOVED, TASKS, YES
from tests.support.project import Project
from tests.support.world import World, codes

CHANGES = pytest.mark.parametrize("change", [MOVED, LARGER], ids=["another id", "another size"])
LONG = 1000.0  # seconds of a task


def running(project: Project, text: str = BASE, seconds: float = LONG) -> World:
    """A world in which the spec has been applied, and its first four tasks run."""
    world = World(dict.fromkeys(TASKS, Behaviour(seconds=seconds)))
    world.apply(project.program(text), YES)
    world.clock.sleep(5.0)
    return world


def given(world: World, project: Project, text: str, seconds: float) -> Report:
    """An apply that is given so many seconds, and takes no more."""
    end = world.clock.time + seconds
    _, report = world.apply(project.program(text), replace(YES, timeout=seconds))
    assert world.clock.time <= end + 0.01  # a sleep takes that at least
    return report


def said(report: Report) -> tuple[str, str | None]:
    (found,) = report.diagnostics
    return found.message, found.hint


@CHANGES
def test_a_job_whose_tasks_do_not_end_in_time_stays_paused_and_they_are_named(project: Project, change: str) -> None:
    world = running(project)

    report = given(world, project, change, 30.0)

    assert (report.exit_code, codes(report)) == (ExitCode.TIMED_OUT, ["BS816"])
    assert report.running == ("t0", "t1", "t2", "t3")
    message, hint = said(report)
    assert message == 'time is up: job "j" is disabling, with 4 tasks ("t0", "t1", "t2", "t3") still running'
    assert hint == "it is paused for another pool: any apply lets it go on, and --force queues again what runs"
    view = world.batch.jobs["j"].view
    assert (view.state, view.pool_id, view.metadata[DRAINED_KEY]) == ("disabling", "p", "p")
    assert [pool.view.state for pool in world.batch.pools.values()] == ["active"] * (1 + (change is MOVED))
    assert tables.verdict(report, 30.0) == "j timed out (30.0 s)"


@pytest.mark.parametrize("back", [False, True], ids=["again", "the old spec"])
@CHANGES
def test_wherever_the_time_ends_the_next_apply_goes_on(project: Project, change: str, *, back: bool) -> None:
    then = BASE if back else change
    ends = set()
    for seconds in (0.0, 0.1, 0.3, 1.0, 2.0, 5.0, 7.0, 8.0, 60.0):
        world = running(project, seconds=6.0)
        ends.add(given(world, project, change, seconds).verdict)

        _, report = world.apply(project.program(then), replace(YES, wait=True))

        assert report.verdict is Verdict.SUCCEEDED, (seconds, codes(report))
        view = world.batch.jobs["j"].view
        assert (view.pool_id, DRAINED_KEY in view.metadata) == ("q" if then is MOVED else "p", False), seconds
    assert ends == {Verdict.TIMED_OUT, Verdict.SUBMITTED}


def test_the_spec_from_before_waits_no_longer_either_for_the_job_to_go_on(project: Project) -> None:
    world = running(project)
    given(world, project, LARGER, 10.0)

    report = given(world, project, BASE, 10.0)

    assert (report.exit_code, report.running) == (ExitCode.TIMED_OUT, ("t0", "t1", "t2", "t3"))
    assert world.batch.jobs["j"].view.state == "disabling"


def test_the_tasks_of_a_huge_job_are_counted_and_not_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    world = running(project)
    monkeypatch.setattr("batchspec.run.pause._LISTED", 3)

    report = given(world, project, LARGER, 10.0)

    assert said(report)[0] == 'time is up: job "j" is disabling, with 4 tasks still running'
    assert report.running == ()


def test_a_pool_that_does_not_go_in_time_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    world = running(project, seconds=1.0)
    world.clock.sleep(60.0)
    delete = world.batch.delete_pool

    def for_ever(pool_id: str, etag: str | None = None) -> None:
        delete(pool_id, etag)
        world.batch.pools[pool_id].gone_at = world.clock.time + 1e6

    monkeypatch.setattr(world.batch, "delete_pool", for_ever)

    report = given(world, project, BASE.replace("D2s", "D4s").replace("t8", "t9"), 30.0)

    assert report.exit_code is ExitCode.TIMED_OUT
    assert said(report) == ('time is up: pool "p" is still being deleted', "the next apply goes on from here")


def test_a_pool_that_is_resized_by_somebody_is_waited_for_no_longer(project: Project) -> None:
    world = running(project)
    pool = world.batch.pools["p"]
    pool.view = replace(pool.view, allocation="resizing")
    pool.steady_at = world.clock.time + 1e6

    report = given(world, project, BASE.replace("dedicated: 2", "dedicated: 3"), 30.0)

    assert report.exit_code is ExitCode.TIMED_OUT
    assert said(report)[0] == 'time is up: pool "p" is still being resized'


def test_a_service_that_stays_busy_is_asked_no_longer(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(world.batch, "add_pool", raising(Busy("the service is busy")))

    report = given(world, project, BASE, 10.0)

    assert (report.exit_code, codes(report)) == (ExitCode.TIMED_OUT, ["BS816"])
    assert tables.verdict(report, 10.0) == "j timed out (10.0 s)"


def test_requests_that_follow_one_another_without_a_pause_end_in_time_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = BASE + "".join(f"  - {{id: u{at}, command: /bin/true}}\n" for at in range(5000))
    world = World()
    add = world.batch.add_tasks

    def slowly(job_id: str, tasks: Iterable[Any]) -> list[AddResult]:
        world.clock.time += 1.0
        return add(job_id, tasks)

    monkeypatch.setattr(world.batch, "add_tasks", slowly)

    _, late = world.apply(project.program(many), replace(YES, timeout=5.0))

    assert (late.exit_code, codes(late)) == (ExitCode.TIMED_OUT, ["BS816"])
    assert len(world.batch.jobs["j"].tasks) < 5009
    assert not world.batch.jobs["j"].view.armed
    _, report = world.apply(project.program(many), YES)
    assert report.verdict is Verdict.SUBMITTED
    assert len(world.batch.jobs["j"].tasks) == 5009


def test_a_question_that_is_answered_too_late_begins_nothing(project: Project) -> None:
    world = running(project)

    def slowly(_plan: Plan) -> bool:
        world.clock.time += 40.0
        return True

    _, report = world.apply(project.program(LARGER), Options(agree=slowly, wait=False, timeout=30.0))

    assert said(report) == ("time is up: nothing was begun", "the next apply goes on from here")
    view = world.batch.jobs["j"].view
    assert (view.state, DRAINED_KEY in view.metadata, [*world.batch.pools]) == ("active", False, ["p"])


def test_of_a_job_that_is_left_paused_it_is_said_whatever_was_not_done(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = running(project, seconds=6.0)
    monkeypatch.setattr(world.batch, "add_pool", raising(Busy("the service is busy")))

    _, report = world.apply(project.program(LARGER), replace(YES, timeout=60.0))

    message, hint = said(report)
    assert message.startswith("time is up: ")
    assert hint is not None
    assert hint.startswith("it is paused for another pool")


def test_what_is_known_of_the_tasks_is_told_though_nobody_answers_at_the_end(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World({"t0": Behaviour(exit_code=3), "t1": Behaviour(seconds=LONG)})
    monkeypatch.setattr(world.batch, "read_task_file", raising(Busy("the service is busy")))

    _, report = world.apply(project.program(BASE), Options(timeout=30.0, follow=False))

    assert (report.verdict, codes(report)) == (Verdict.TIMED_OUT, ["BS801"])
    assert report.counts is not None
    assert (report.counts.failed, report.running) == (1, ("t1",))


def test_a_wait_that_is_out_of_time_while_nobody_answers_has_a_verdict(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = running(project)
    monkeypatch.setattr(world.batch, "get_job", raising(Busy("the service is busy")))

    *_, last = wait(project.program(BASE), world.batch, world.blobs, world.clock, timeout=10.0)

    assert isinstance(last, Finished)
    assert (last.report.verdict, codes(last.report)) == (Verdict.TIMED_OUT, ["BS816"])


def test_what_tasks_came_to_is_told_though_no_time_is_left_to_bring_it_home(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = BASE.replace("id: t0,", "id: t0, outputs: [{path: x, download: true}],")
    world = World()
    monkeypatch.setattr(world.blobs, "list_blobs", raising(Busy("the service is busy")))

    _, report = world.apply(project.program(kept), Options(timeout=60.0))

    assert (report.verdict, codes(report)) == (Verdict.UNCOLLECTED, ["BS811"])
    assert report.diagnostics[0].message == "time is up: list the outputs: the service is busy"


def test_a_watch_that_times_out_says_that_the_job_goes_on(project: Project) -> None:
    world = World(dict.fromkeys(TASKS, Behaviour(seconds=LONG)))

    _, report = world.apply(project.program(BASE), Options(timeout=30.0))

    assert (report.verdict, codes(report)) == (Verdict.TIMED_OUT, [])
    assert tables.verdict(report, 30.0) == "j timed out; the job goes on: 9 left (30.0 s)"


def test_nobody_sleeps_beyond_the_end_and_it_is_looked_once_more_then() -> None:
    clock = FakeClock()
    bounded = within(clock, 10.0)

    bounded.sleep(7.0)
    bounded.sleep(7.0)

    assert clock.time == pytest.approx(10.0)
    assert (bounded.monotonic(), bounded.now()) == (clock.time, clock.now())
    clock.time = 10.5
    with pytest.raises(OutOfTime, match="time is up"):
        bounded.sleep(0.0)
    assert within(clock, None) is clock


def raising(error: Exception) -> Callable[..., Any]:
    def request(*_: Any, **__: Any) -> Any:
        raise error

    return request
