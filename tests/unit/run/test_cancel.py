"""cancel: what is ended, what is left, and what waits for it in vain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from azure.batch.models import JobScheduleAddParameter, JobSpecification, Schedule

from batchspec.compiler.program import Made, Program
from batchspec.errors import Conflict, UsageError
from batchspec.ports import RUN_KEY
from batchspec.run import Options, apply
from batchspec.run.cancel import Aim, aim, cancel
from batchspec.run.events import Armed, Cancelled, Event, Kept
from tests.support.fakes import Behaviour, FakeBatch, FakeBlob, FakeClock, Faults
from tests.support.programs import job_of, origin, program

GRAPH: Mapping[str, Sequence[str]] = {"a": [], "b": [], "c": ["a"], "d": ["c"], "e": []}
LONG = dict.fromkeys("abcde", Behaviour(seconds=1e6))


class World:
    """A job that is armed, on two nodes of one slot: a and b run, the others wait."""

    def __init__(self, made: Program | None = None, faults: Faults | None = None) -> None:
        self.made = made or program(GRAPH)
        self.clock, self.blobs = FakeClock(), FakeBlob()
        self.batch = FakeBatch(self.clock, LONG, slots=1)
        for event in apply(self.made, self.batch, self.blobs, self.clock, Options(wait=False)):
            if isinstance(event, Armed):
                break
        self.clock.sleep(1)
        self.batch.faults = faults or Faults()

    def aim(self, *names: str) -> Aim:
        return aim(self.made, self.batch, self.blobs, self.clock, names)

    def cancel(self, *names: str) -> list[Event]:
        return list(cancel(self.made, self.batch, self.blobs, self.clock, self.aim(*names)))

    def states(self) -> dict[str, str]:
        return {task_id: task.view.state for task_id, task in self.batch.jobs["demo-job"].tasks.items()}


def test_a_cancelled_job_ends_what_runs_and_says_so() -> None:
    world = World()

    assert world.cancel() == [Cancelled("job", "demo-job", running=2, waiting=3)]
    assert world.batch.get_job("demo-job").terminate_reason == "Cancelled"
    assert world.states()["a"] == "completed"


def test_only_the_tasks_that_are_named_are_ended_and_those_that_wait_for_them_are_told() -> None:
    world = World()

    events = world.cancel("a", "e")

    assert events == [Cancelled("job", "demo-job", 1, 1, ("a", "e"), blocked=("c", "d"))]
    assert world.states() == {"a": "completed", "b": "running", "c": "active", "d": "active", "e": "completed"}


def test_what_is_cancelled_with_what_it_waits_for_is_not_told_as_waiting() -> None:
    assert World().aim("a", "c", "d").blocked == ()


def test_a_group_stands_for_its_tasks() -> None:
    made = program(GRAPH)
    for one in made.tasks:
        one.body.display_name = "group" if one.body.id in "ab" else None

    (event,) = World(made).cancel("group", "a")

    assert isinstance(event, Cancelled)
    assert sorted(event.task_ids) == ["a", "b"]


def test_to_cancel_again_does_nothing_and_says_so() -> None:
    world = World()
    world.cancel("a")
    again = world.cancel("a")
    world.cancel()

    assert again == [Kept("task", "a", "it had ended before")]
    assert world.cancel() == [Kept("job", "demo-job", "it had ended before")]
    assert world.aim().over


def test_a_job_that_is_not_there_has_nothing_to_cancel() -> None:
    world = World()
    world.batch.jobs.clear()

    assert world.cancel() == [Kept("job", "demo-job", "it is not there")]
    assert world.cancel("a") == [Kept("job", "demo-job", "it is not there")]


@pytest.mark.parametrize("there", [True, False])
def test_a_name_that_no_task_has_is_a_usage_error_with_the_nearest(there: bool) -> None:
    world = World(program({"split": [], "merge": ["split"]}))
    if not there:
        world.batch.jobs.clear()

    with pytest.raises(UsageError) as caught:
        world.aim("splt")

    assert caught.value.hint == 'did you mean "split"?'


@pytest.mark.parametrize("names", [(), ("a",)], ids=["all", "some"])
def test_a_schedule_is_cancelled_though_its_last_job_was_deleted(names: tuple[str, ...]) -> None:
    world = World()
    job = job_of(world.made)
    body = JobScheduleAddParameter(
        id="nightly", schedule=Schedule(), job_specification=JobSpecification(pool_info=job.pool_info),
        metadata=job.metadata,
    )  # fmt: skip
    world.made = replace(world.made, job=None, schedule=Made(body, origin()))
    world.batch.add_schedule(body)
    view = world.batch.get_schedule("nightly")
    world.batch.schedules["nightly"] = replace(view, recent_job="nightly:job-1")

    events = world.cancel(*names)

    assert events == [
        Kept("job schedule", "nightly", "no such task is in it")
        if names
        else Cancelled("job schedule", "nightly", 0, 0)
    ]


def test_tasks_of_a_job_that_has_ended_are_told_to_have_ended_with_it() -> None:
    world = World()
    world.cancel()

    assert world.cancel("a", "c") == [
        Kept("task", "a", "it had ended before"), Kept("task", "c", "its job had ended before"),
    ]  # fmt: skip


def test_a_job_of_another_spec_is_not_touched() -> None:
    stranger = program(["a"], name="stranger")
    job_of(stranger).id = "demo-job"
    world = World()

    with pytest.raises(Conflict):
        aim(stranger, world.batch, world.blobs, world.clock)


def test_of_several_runs_the_last_is_cancelled() -> None:
    world = World()
    job = world.batch.jobs["demo-job"]
    marks = {**job.view.metadata, RUN_KEY: "demo-job"}
    for name in ("demo-job-10", "demo-job-2"):
        world.batch.jobs[name] = replace(job, view=replace(job.view, id=name, metadata=marks))

    assert world.aim().job_id == "demo-job-10"


def test_a_rerun_under_the_id_that_a_spec_says_itself_is_that_specs_job() -> None:
    world = World()
    job = world.batch.jobs["demo-job"]
    marks = {**job.view.metadata, RUN_KEY: "demo-job"}
    world.batch.jobs["demo-job-2"] = replace(job, view=replace(job.view, id="demo-job-2", metadata=marks))
    world.made = program(GRAPH)
    job_of(world.made).id = "demo-job-2"  # as an export of the rerun has it

    assert world.aim().job_id == "demo-job-2"


@pytest.mark.parametrize("names", [(), ("a", "e")], ids=["all", "some"])
@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_what_was_named_has_ended(names: tuple[str, ...], kind: str) -> None:
    for k in range(1, 100):
        world = World(faults=Faults(k, kind))
        events = world.cancel(*names)

        (told,) = (event for event in events if isinstance(event, Cancelled))
        assert told.task_ids == names
        ended = [one for one, state in world.states().items() if state == "completed"]
        assert set(names or "ab") <= set(ended)
        if not world.batch.faults.hit:
            return
    pytest.fail("a cancel makes a hundred requests")
