"""retry: failed tasks run once more, as long as their job takes them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchspec.errors import Conflict, Unreachable, UsageError
from batchspec.run import Options, apply
from batchspec.run.again import NextRun, again, next_run
from batchspec.run.events import Armed, Event, Kept, Reactivated, Waiting
from batchspec.run.why.job import CANCELLED
from tests.support.fakes import Behaviour, FakeBatch, FakeBlob, FakeClock, Faults
from tests.support.programs import job_of, program


class World:
    """The tasks a and b have failed, c has succeeded, d runs, and e waits for a."""

    def __init__(self, **more: Any) -> None:
        self.made = program({"a": [], "b": [], "c": [], "d": [], "e": ["a"]}, **more)
        self.clock, self.blobs = FakeClock(), FakeBlob()
        failing = Behaviour(exit_code=1)
        self.batch = FakeBatch(self.clock, {"a": failing, "b": failing, "d": Behaviour(seconds=1e6)})
        for event in apply(self.made, self.batch, self.blobs, self.clock, Options(wait=False)):
            if isinstance(event, Armed):
                break
        self.clock.sleep(5)

    def retry(self, *names: str) -> list[Event]:
        return list(again(self.made, self.batch, self.blobs, self.clock, names))

    def state(self, task_id: str) -> str:
        return self.batch.jobs["demo-job"].tasks[task_id].view.state


def test_all_that_have_failed_run_again() -> None:
    world = World()

    assert world.retry() == [Reactivated("demo-job", ("a", "b"))]
    assert world.state("a") == world.state("b") == "active"


def test_what_waits_for_a_task_that_is_tried_again_goes_on() -> None:
    world = World()
    world.batch.behaviours["a"] = Behaviour()

    world.retry("a")
    world.clock.sleep(10)

    assert (world.state("a"), world.state("b"), world.state("e")) == ("completed", "completed", "completed")
    assert world.batch.get_task("demo-job", "e").succeeded


WHY_NOT = {
    "c": "it succeeded",
    "d": "it runs",
    "e": "it is blocked by a, which has failed: retry that, and it goes on",
}


@pytest.mark.parametrize("task_id", WHY_NOT)
def test_what_has_not_failed_is_left_as_it_is(task_id: str) -> None:
    assert World().retry(task_id) == [Kept("task", task_id, WHY_NOT[task_id])]


def test_a_blocked_task_beside_the_one_that_blocks_it_waits_to_run() -> None:
    assert World().retry("a", "e") == [Kept("task", "e", "it waits to run"), Reactivated("demo-job", ("a",))]


def test_a_task_that_several_block_names_the_first_and_counts_the_others() -> None:
    world = World()
    world.made = program({"a": [], "b": [], "c": [], "d": [], "e": ["a", "b"]})

    assert world.retry("e") == [
        Kept("task", "e", "it is blocked by a and 1 other, which have failed: retry those, and it goes on")
    ]


def test_a_job_without_a_failure_is_left_as_it_is() -> None:
    world = World()
    world.batch.behaviours.clear()
    world.retry()
    world.clock.sleep(5)

    assert world.retry() == [Kept("job", "demo-job", "no task of it has failed")]


@pytest.mark.parametrize(("reason", "told"), [("BlockedByFailedTasks", True), ("UserTerminate", False)])
def test_a_job_that_has_completed_takes_no_task_back_and_the_next_run_is_named(reason: str, told: bool) -> None:
    world = World()
    world.batch.end_job("demo-job", reason)

    with pytest.raises(Conflict) as caught:
        world.retry()

    assert "apply --rerun" in (caught.value.hint or "")
    assert ("batchspec ended it" in caught.value.message) is told


@pytest.mark.parametrize(("names", "failed"), [(("a",), False), ((), True)], ids=["named", "--failed"])
def test_some_tasks_of_a_run_that_has_ended_are_a_usage_error(names: tuple[str, ...], failed: bool) -> None:
    world = World()
    world.batch.end_job("demo-job", "UserTerminate")

    with pytest.raises(UsageError) as caught:
        list(again(world.made, world.batch, world.blobs, world.clock, names, failed=failed))

    assert caught.value.message == 'job "demo-job" has ended, and such a run can only be run again as a whole'
    assert "without a TASK" in (caught.value.hint or "")


def test_the_next_run_of_a_job_that_has_ended_is_told_with_its_size() -> None:
    world = World()
    before = next_run(world.made, world.batch, world.blobs, world.clock)
    world.batch.end_job("demo-job", "UserTerminate")

    assert before is None
    assert next_run(world.made, world.batch, world.blobs, world.clock) == NextRun("demo-job", "demo-job-2", 5)


def test_of_a_job_that_was_cancelled_it_is_told() -> None:
    world = World()
    world.batch.end_job("demo-job", CANCELLED)

    found = next_run(world.made, world.batch, world.blobs, world.clock)

    assert found == NextRun("demo-job", "demo-job-2", 5, cancelled=True)


def test_a_job_that_has_ended_well_needs_no_next_run() -> None:
    world = World()
    world.batch.behaviours.clear()
    world.retry()
    world.clock.sleep(1e7)
    world.batch.end_job("demo-job", "AllTasksComplete")

    found = next_run(world.made, world.batch, world.blobs, world.clock)

    assert found == NextRun("demo-job", "demo-job-2", 5, succeeded=True)
    assert world.retry() == [Kept("job", "demo-job", "no task of it has failed")]


def test_a_name_that_no_task_has_is_a_usage_error_with_the_nearest() -> None:
    made = program({"split": [], "merge": []})
    world = World()
    world.made = made

    with pytest.raises(UsageError) as caught:
        world.retry("splt")

    assert caught.value.hint == 'did you mean "split"?'


def test_a_job_that_is_not_there_is_a_usage_error() -> None:
    world = World()
    world.batch.jobs.clear()

    with pytest.raises(UsageError):
        world.retry()


def test_a_job_of_another_spec_is_not_touched() -> None:
    world = World()
    world.made = program(["a"], name="stranger")
    job_of(world.made).id = "demo-job"

    with pytest.raises(Conflict):
        world.retry()


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_the_failed_tasks_run_again(kind: str) -> None:
    for k in range(1, 100):
        world = World()
        world.batch.faults = Faults(k, kind)
        world.retry("a", "b")

        assert world.state("a") != "completed" or not world.batch.get_task("demo-job", "a").fault
        assert sum(isinstance(task.view.exit_code, int) for task in world.batch.jobs["demo-job"].tasks.values()) <= 3
        if not world.batch.faults.hit:
            return
    pytest.fail("a retry makes a hundred requests")


MEANWHILE: dict[str, Callable[[World], None]] = {
    "it has failed again": lambda _world: None,
    "it has failed again, and the job has ended": lambda world: world.batch.end_job("demo-job", "x"),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_a_task_whose_retry_was_carried_out_without_an_answer_runs_only_once_more(
    monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    world, asked = World(), []
    reactivate = world.batch.reactivate_task

    def unheard(job_id: str, task_id: str) -> None:
        asked.append(task_id)
        reactivate(job_id, task_id)
        world.clock.sleep(10)
        MEANWHILE[what](world)
        raise Unreachable("no answer")

    monkeypatch.setattr(world.batch, "reactivate_task", unheard)
    events = [event for event in world.retry("a") if not isinstance(event, Waiting)]

    assert events == [Reactivated("demo-job", ("a",))]
    assert asked == ["a"]
