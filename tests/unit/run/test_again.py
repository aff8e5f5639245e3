"""retry: failed tasks run once more, as long as their job takes them back."""

from __future__ import annotations

from typing import Any

import pytest

from batchspec.errors import Conflict, UsageError
from batchspec.run import Options, apply
from batchspec.run.again import again
from batchspec.run.events import Armed, Event, Kept, Reactivated
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


WHY_NOT = {"c": "it succeeded", "d": "it runs", "e": "it waits to run"}


@pytest.mark.parametrize("task_id", WHY_NOT)
def test_what_has_not_failed_is_left_as_it_is(task_id: str) -> None:
    assert World().retry(task_id) == [Kept("task", task_id, WHY_NOT[task_id])]


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
