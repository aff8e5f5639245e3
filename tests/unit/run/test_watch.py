"""What happens to pool, nodes and tasks while an apply watches them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from azure.batch.models import JobConstraints

from batchspec.compiler.program import Program
from batchspec.run import Report, Verdict
from batchspec.run.events import Event, Output, TaskMoved, TaskRetried
from batchspec.run.why.gather import why
from batchspec.run.why.job import CANCELLED
from tests.support.fakes import Behaviour
from tests.support.programs import job_of, program
from tests.support.world import World, codes, of


def while_it_runs(world: World, made: Program, happens: Callable[[], None]) -> tuple[list[Event], Report]:
    """What an apply tells when something happens once a task runs."""
    todo = [happens]

    def seen(event: Event) -> None:
        if todo and isinstance(event, TaskMoved) and event.task.state == "running":
            todo.pop()()

    return world.apply(made, seen=seen)


LONG = {f"t{number}": Behaviour(seconds=1e6) for number in range(50)}


@pytest.mark.parametrize("tasks", [1, 50], ids=["a task", "many tasks"])
def test_a_pool_that_is_deleted_while_tasks_run_ends_the_watch(tasks: int) -> None:
    world = World(LONG, slots=50)

    _, report = while_it_runs(world, program(list(LONG)[:tasks]), lambda: world.batch.delete_pool("demo-pool"))

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS810"]
    assert {row.state for row in report.tasks} == {"active"}
    assert world.clock.time < 120


def test_a_pool_that_is_resized_to_no_nodes_while_a_task_runs_ends_the_watch() -> None:
    world = World(LONG)

    _, report = while_it_runs(world, program(["t0"]), lambda: world.batch.resize_pool("demo-pool", 0, 0))

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS805"]
    assert world.clock.time < 120


@pytest.mark.parametrize("tasks", [1, 50], ids=["a task", "many tasks"])
def test_tasks_whose_node_reboots_run_again_and_are_shown_from_their_start(tasks: int) -> None:
    ids = [f"t{number}" for number in range(tasks)]
    behaviours = dict.fromkeys(ids, Behaviour(seconds=30.0, stdout="one\ntwo\n"))
    world = World(behaviours, slots=50)

    def reboot() -> None:
        world.clock.sleep(10.0)
        world.batch.reboot("demo-pool")

    events, report = while_it_runs(world, program(ids), reboot)

    assert report.verdict is Verdict.SUCCEEDED
    states = [event.task.state for event in of(events, TaskMoved) if event.task.id == "t0"]
    assert states == ["running", "active", "running", "completed"]
    assert "".join(event.text for event in of(events, Output) if event.task_id == "t0") == "one\none\ntwo\n"


def test_a_task_that_somebody_deletes_while_it_runs_does_not_hold_up_the_watch() -> None:
    world = World(LONG)

    def delete() -> None:
        job = world.batch.jobs["demo-job"]
        del job.tasks["t0"]
        job.order.remove("t0")

    _, report = while_it_runs(world, program(["t0", "quick"]), delete)

    assert codes(report) == ["BS703"]
    assert 'does not hold task "t0" of the spec' in report.diagnostics[0].message
    assert [(row.id, row.state) for row in report.tasks] == [("t0", "not_added"), ("quick", "completed")]


@pytest.mark.parametrize("tasks", [["t0"], ["t0", "t1"]], ids=["all of them run", "one of them waits"])
def test_a_job_that_was_cancelled_says_so_and_says_it_again(tasks: list[str]) -> None:
    world = World(LONG, nodes=1, slots=1)
    made = program(tasks)

    _, report = while_it_runs(world, made, lambda: world.batch.end_job("demo-job", CANCELLED))
    _, again = world.apply(made)
    reason, *_ = why(made, world.batch, world.blobs, world.clock)

    for one in (report, again):
        assert [found.message for found in one.diagnostics] == [
            'job "demo-job" was cancelled',
            'task "t0" was ended with the job',
        ]
    assert reason.text.startswith('job "demo-job" was cancelled')


@pytest.mark.parametrize("tasks", [["t0"], ["t0", "t1"]], ids=["all of them run", "one of them waits"])
def test_a_job_that_ended_at_its_own_limit_says_so_once_at_its_place(tasks: list[str]) -> None:
    world = World(LONG, nodes=1, slots=1)
    made = program(tasks)
    job_of(made).constraints = JobConstraints(max_wall_clock_time=timedelta(minutes=5))

    _, report = while_it_runs(world, made, lambda: world.batch.end_job("demo-job", "MaxWallClockTimeExpiry"))
    _, again = world.apply(made)

    for one in (report, again):
        assert one.verdict is Verdict.FAILED
        assert sorted(codes(one)) == ["BS801", "BS807"]
        (ended,) = (found for found in one.diagnostics if found.code == "BS807")
        assert "its limit of 5m" in ended.message
        assert ended.pointer == "/job"
        (task,) = (found for found in one.diagnostics if found.code == "BS801")
        assert task.message == 'task "t0" was ended with the job'


def test_a_task_that_somebody_ends_is_told_in_the_words_of_the_service() -> None:
    world = World(LONG)

    _, report = while_it_runs(world, program(["t0"]), lambda: world.batch.end_job("demo-job", "by hand"))

    assert [found.message for found in report.diagnostics] == ['task "t0" failed: Task Was Ended by User Request']


def test_a_job_that_somebody_ends_while_a_task_waits_is_told() -> None:
    world = World(LONG, nodes=1, slots=1)

    _, report = while_it_runs(world, program(["t0", "t1"]), lambda: world.batch.terminate_job("demo-job", "by hand"))

    assert report.verdict is Verdict.FAILED
    assert "BS807" in codes(report)


def test_a_retry_is_told_with_the_exit_code_that_it_follows() -> None:
    world = World({"t0": Behaviour(seconds=60.0)})

    def retry() -> None:
        world.clock.sleep(5.0)
        world.batch.retry_task("demo-job", "t0", 7)

    events, report = while_it_runs(world, program(["t0"]), retry)

    assert [(event.task.id, event.task.retries, event.task.exit_code) for event in of(events, TaskRetried)] == [
        ("t0", 1, 7)
    ]
    assert report.tasks[0].retries == 1


def test_retries_are_history_to_an_apply_that_comes_after_the_end() -> None:
    world = World({"t0": Behaviour(seconds=60.0)})
    made = program(["t0"])
    while_it_runs(world, made, lambda: world.batch.retry_task("demo-job", "t0", 7))

    events, _ = world.apply(made)

    assert not of(events, TaskRetried)


def test_a_job_that_is_deleted_while_it_is_watched_is_a_finding_of_the_report() -> None:
    world = World(LONG)

    def delete() -> None:
        world.batch.delete_job("demo-job")
        world.clock.sleep(5.0)

    _, report = while_it_runs(world, program(["t0"]), delete)

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS807"]
    assert report.diagnostics[0].message == 'job "demo-job" was deleted while it was watched'
    assert report.diagnostics[0].hint


def test_a_job_that_is_being_deleted_while_it_is_watched_is_told_once() -> None:
    world = World(LONG)

    def delete() -> None:
        world.batch.end_job("demo-job", "")
        world.batch.delete_job("demo-job")

    _, report = while_it_runs(world, program(["t0"]), delete)

    assert [found.message for found in report.diagnostics] == [
        'job "demo-job" was deleted while it was watched',
        'task "t0" was ended with the job',
    ]
