"""The job schedule: made, changed, replaced, and its links renewed; and the runs that it has made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.batch.models import (
    JobAddParameter,
    JobManagerTask,
    JobScheduleAddParameter,
    JobSpecification,
    MetadataItem,
    PoolInformation,
    ResourceFile,
    Schedule,
)

from batchspec.compiler.program import Made, Program
from batchspec.errors import UsageError
from batchspec.planning import Action
from batchspec.ports import FINGERPRINT_KEY, OWNER_KEY, TASKS_KEY
from batchspec.run import Options, Verdict
from batchspec.run.destroy import destroy
from batchspec.run.events import Event, Removed, Removing, ScheduleReady
from batchspec.run.look import plan_of
from batchspec.run.occasions import of_run, runs
from tests.support.fakes import EPOCH, Faults
from tests.support.programs import origin, program as small
from tests.support.world import World, codes, of

DAY = timedelta(days=1)


def program(
    every: timedelta = DAY, *, name: str = "demo", until: timedelta = 7 * DAY, fingerprint: str = ""
) -> Program:
    """A program with a schedule whose links are good for so long after EPOCH."""
    marks = {OWNER_KEY: name, FINGERPRINT_KEY: fingerprint or str(every), TASKS_KEY: "t1"}
    metadata = [MetadataItem(name=key, value=value) for key, value in marks.items()]
    link = f"https://a/demo/inputs/1?sp=r&se={(EPOCH + until):%Y-%m-%dT%H%%3A%M%%3A%SZ}&sig=x"
    body = JobScheduleAddParameter(
        id="nightly",
        schedule=Schedule(recurrence_interval=every),
        job_specification=JobSpecification(
            pool_info=PoolInformation(pool_id="demo-pool"),
            job_manager_task=JobManagerTask(
                id="m", command_line="x", resource_files=[ResourceFile(http_url=link, file_path="tasks")]
            ),
        ),
        metadata=metadata,
    )
    return replace(small(["a"]), job=None, schedule=Made(body, origin(5, "/job")))


def ready(events: Any) -> ScheduleReady:
    (found,) = of(events, ScheduleReady)
    return found


def test_a_schedule_is_made_and_the_work_is_ready() -> None:
    world = World()

    events, report = world.apply(program())

    assert (ready(events).how, report.verdict, report.schedule_id) == ("created", Verdict.READY, "nightly")
    assert world.batch.log[-1] == "add schedule nightly"


def test_the_same_again_changes_nothing() -> None:
    world = World()
    world.apply(program())
    world.batch.log.clear()

    events, report = world.apply(program())

    assert (ready(events).how, report.verdict, world.batch.log) == ("unchanged", Verdict.READY, [])


def test_another_time_is_set_in_place() -> None:
    world = World()
    world.apply(program())

    events, _ = world.apply(program(2 * DAY))

    assert ready(events).how == "updated"
    assert world.batch.log[-1] == "patch schedule nightly schedule jobSpecification metadata"
    again, _ = world.apply(program(2 * DAY))
    assert ready(again).how == "unchanged"


def test_one_that_was_disabled_by_hand_is_enabled() -> None:
    world = World()
    world.apply(program())
    world.batch.disable_schedule("nightly")

    plan = plan_of(program(), world.batch, world.blobs, world.clock)
    events, _ = world.apply(program())

    change = plan.of("job_schedule")
    assert change is not None
    assert (change.action, change.reasons) == (Action.UPDATE, ("it is disabled, and is enabled",))
    assert (ready(events).how, ready(events).state) == ("updated", "active")
    assert plan_of(program(), world.batch, world.blobs, world.clock).empty


@pytest.mark.parametrize(
    ("days", "how"), [(3.4, "unchanged"), (3.6, "renewed"), (8, "renewed")], ids=["fresh", "half over", "over"]
)
def test_links_are_signed_anew_when_less_than_half_of_their_time_is_left(days: float, how: str) -> None:
    world = World()
    world.apply(program())
    world.clock.time = days * 86_400

    events, _ = world.apply(program(until=timedelta(days=days) + 7 * DAY))

    assert ready(events).how == how


def test_a_schedule_of_others_is_not_touched() -> None:
    world = World()
    world.apply(program(name="other"))
    world.batch.log.clear()

    _, report = world.apply(program())

    assert (report.verdict, codes(report), world.batch.log) == (Verdict.REFUSED, ["BS602"], [])


def test_one_that_is_over_is_replaced_when_somebody_agrees() -> None:
    world = World()
    world.apply(program())
    world.batch.terminate_schedule("nightly")

    with pytest.raises(UsageError, match="replace job schedule nightly"):
        world.apply(program(2 * DAY))
    events, report = world.apply(program(2 * DAY), Options(agree=lambda _plan: True))

    assert report.verdict is Verdict.READY
    assert [event.name for event in of(events, Removing)] == ["nightly"]
    assert ready(events).how == "created"


@pytest.mark.parametrize("kind", Faults.KINDS)
@pytest.mark.parametrize("k", range(1, 14))
def test_whatever_request_fails_there_is_one_schedule_and_the_next_apply_does_nothing(k: int, kind: str) -> None:
    world = World(faults=Faults(k, kind))

    _, report = world.apply(program())
    again, _ = world.apply(program())

    assert report.verdict is Verdict.READY
    assert world.batch.log.count("add schedule nightly") == 1
    assert ready(again).how == "unchanged"


def made(world: World, *numbers: int) -> None:
    """Jobs as the schedule makes them."""
    for number in numbers:
        world.batch.add_job(JobAddParameter(id=f"nightly:job-{number}", pool_info=PoolInformation(pool_id="p")))


def test_the_newest_run_comes_first_by_number() -> None:
    world = World()
    world.apply(program())
    made(world, 9, 10, 2)

    assert [view.id for view in runs(world.batch, "nightly")] == [f"nightly:job-{n}" for n in (10, 9, 2)]


@pytest.mark.parametrize(
    ("wanted", "job_id"),
    [(None, "nightly:job-10"), ("2", "nightly:job-2"), ("NIGHTLY:job-9", "nightly:job-9")],
    ids=["the newest", "by its number", "by its id"],
)
def test_a_run_is_chosen(wanted: str | None, job_id: str) -> None:
    world = World()
    world.apply(program())
    made(world, 2, 9, 10)

    assert of_run(program(), world.batch, world.clock, wanted).job_id == job_id


@pytest.mark.parametrize("wanted", ["7", "²", "nightly:job-7"])
def test_a_run_that_is_not_there_is_told_with_those_that_are(wanted: str) -> None:
    world = World()
    world.apply(program())
    made(world, 1, 2)

    with pytest.raises(UsageError) as raised:
        of_run(program(), world.batch, world.clock, wanted)

    assert raised.value.message == f'the job schedule "nightly" has no run "{wanted}"'
    assert raised.value.hint == "there are 2, 1"


def test_without_a_schedule_or_without_runs_the_reason_is_told() -> None:
    world = World()

    with pytest.raises(UsageError, match='there is no job schedule "nightly"'):
        of_run(program(), world.batch, world.clock)
    world.apply(program())
    with pytest.raises(UsageError, match="has no runs"):
        of_run(program(), world.batch, world.clock)
    with pytest.raises(UsageError, match="has no schedule, and so no runs"):
        of_run(small(["a"]), world.batch, world.clock, "1")


def test_a_spec_without_schedule_is_its_own_run() -> None:
    world, plain = World(), small(["a"])

    assert of_run(plain, world.batch, world.clock) is plain


@pytest.mark.parametrize(
    ("numbers", "told"),
    [([], []), ([7], [Removed("job", "nightly:job-7")]), ([1, 2, 3], [Removed("job", "nightly:job-*", 3)])],
    ids=["none", "one", "several"],
)
def test_the_jobs_of_a_schedule_are_removed_in_one_line(numbers: list[int], told: list[Event]) -> None:
    world = World()
    world.apply(program())
    made(world, *numbers)

    events = list(destroy(program(), world.batch, world.blobs, world.clock))

    assert [event for event in events if isinstance(event, (Removing, Removed)) and event.kind == "job"] == told
    assert world.batch.jobs == {}
