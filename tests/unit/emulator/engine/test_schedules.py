"""Job schedules on virtual time, which begins at 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.simulate import Simulation
from tests.unit.emulator.engine.workload import add_pool, add_schedule

if TYPE_CHECKING:
    from batchspec.emulator.engine.records import Schedule

BEYOND = 100_000.0


def at(seconds: int) -> str:
    return f"1970-01-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.0000000Z"


def simulated(lasting: float = 1.0) -> Simulation:
    """A pool of one node, where each run takes so long."""
    simulation = Simulation(lambda _: (lasting, Outcome(0)))
    add_pool(simulation)
    return simulation


def starts(schedule: Schedule) -> list[float]:
    return [job.created for job in schedule.jobs.values()]


# Until 300 s: the times, how long a job takes, when its jobs are made, and the state and next run at the end.
TIMES: dict[str, tuple[dict[str, str], float, list[float], str, float | None]] = {
    "without recurrence one job": ({}, 1, [0], "completed", None),
    "later": ({"doNotRunUntil": at(90)}, 1, [90], "completed", None),
    "not yet": ({"doNotRunUntil": at(900)}, 1, [], "active", 900),
    "every minute": ({"recurrenceInterval": "PT1M"}, 1, [0, 60, 120, 180, 240, 300], "active", 360),
    "every minute from then on": (
        {"recurrenceInterval": "PT1M", "doNotRunUntil": at(90)}, 1, [90, 150, 210, 270], "active", 330,
    ),
    "every minute from the past": (
        {"recurrenceInterval": "PT1M", "doNotRunUntil": "1969-12-31T23:59:10.0000000Z"},
        1, [0, 10, 70, 130, 190, 250], "active", 310,
    ),
    "every minute up to then": (
        {"recurrenceInterval": "PT1M", "doNotRunAfter": at(130)}, 1, [0, 60, 120], "completed", None,
    ),
    "up to then and not after": (
        {"recurrenceInterval": "PT1M", "doNotRunAfter": at(120)}, 1, [0, 60, 120], "completed", None,
    ),
    "a job that lasts holds up the next": ({"recurrenceInterval": "PT1M"}, 90, [0, 90, 180, 270], "active", 360),
    "of those it holds up all but the last are lost": (
        {"recurrenceInterval": "PT1M"}, 130, [0, 130, 260], "active", 360,
    ),
    "and that, too, when its window has closed": (
        {"recurrenceInterval": "PT2M", "startWindow": "PT1M"}, 190, [0, 240], "active", 360,
    ),
    "but not while it is open": (
        {"recurrenceInterval": "PT2M", "startWindow": "PT1M"}, 170, [0, 170], "active", 360,
    ),
    "nothing is made up for after the end": (
        {"recurrenceInterval": "PT1M", "doNotRunAfter": at(70)}, 90, [0], "completed", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("times", "lasting", "made", "state", "next_run"), TIMES.values(), ids=TIMES.keys())
def test_jobs_are_made_when_the_schedule_says(
    times: dict[str, str], lasting: float, made: list[float], state: str, next_run: float | None
) -> None:
    simulation = simulated(lasting)

    schedule = add_schedule(simulation, "s", None, **times)
    simulation.run_until(300)

    assert starts(schedule) == made
    assert list(schedule.jobs) == [f"s:job-{n + 1}" for n in range(len(made))]
    assert (schedule.state, schedule.next_run) == (state, next_run)


def test_a_schedule_is_completed_with_its_last_job_and_says_when() -> None:
    simulation = simulated(lasting=50)

    schedule = add_schedule(simulation)
    simulation.run_until(49)
    assert (schedule.state, schedule.end_time) == ("active", None)

    simulation.run_until(BEYOND)
    assert (schedule.state, schedule.end_time, schedule.previous_state) == ("completed", 50, "active")


def test_a_job_is_what_the_specification_says() -> None:
    simulation = simulated()
    specification: dict[str, Any] = {
        "priority": 7, "maxParallelTasks": 3, "onAllTasksComplete": "noaction", "metadata": [{"name": "a"}],
        "constraints": {"maxWallClockTime": "PT2M"},
    }  # fmt: skip

    schedule = add_schedule(simulation, job={**specification, "poolInfo": {"poolId": "p"}})
    (job,) = schedule.jobs.values()

    assert (job.body, job.schedule_id) == ({"id": "s:job-1", "poolInfo": {"poolId": "p"}, **specification}, "s")
    assert (job.priority, job.max_parallel, job.wall_clock, job.pool_id) == (7, 3, 120, "p")
    assert (job.root, len(job.by_key)) == ("workitems/s/job-1", 0)


def test_a_disabled_schedule_makes_no_job_and_an_enabled_one_makes_up_for_the_last() -> None:
    simulation = simulated()
    schedule = add_schedule(simulation, recurrenceInterval="PT1M")
    simulation.run_until(10)

    simulation.scheduler.disable_schedule(simulation.now, schedule)
    simulation.run_until(200)
    assert (starts(schedule), schedule.state, schedule.next_run) == ([0], "disabled", 240)

    simulation.scheduler.enable_schedule(simulation.now, schedule)
    simulation.run_until(250)
    assert (starts(schedule), schedule.previous_state) == ([0, 200, 240], "disabled")


def test_a_chance_that_passes_while_disabled_is_the_last_without_recurrence() -> None:
    simulation = simulated()
    schedule = add_schedule(simulation, doNotRunUntil=at(60), startWindow="PT1M")
    simulation.scheduler.disable_schedule(simulation.now, schedule)
    simulation.run_until(121)

    simulation.scheduler.enable_schedule(simulation.now, schedule)

    assert (schedule.state, schedule.made) == ("completed", 0)


def test_a_terminated_schedule_takes_its_job_with_it() -> None:
    simulation = simulated(lasting=1000)
    schedule = add_schedule(simulation, recurrenceInterval="PT1M")
    simulation.run_until(10)

    simulation.scheduler.terminate_schedule(simulation.now, schedule)
    assert (schedule.state, schedule.next_run) == ("terminating", None)
    simulation.run_until(BEYOND)

    (job,) = schedule.jobs.values()
    assert (schedule.state, schedule.previous_state, schedule.end_time) == ("completed", "terminating", 10)
    assert (job.state, job.terminate_reason) == ("completed", "TerminateJobSchedule")


def test_a_deleted_schedule_is_gone_with_all_its_jobs() -> None:
    simulation = simulated(lasting=50)
    schedule = add_schedule(simulation, recurrenceInterval="PT1M")
    simulation.run_until(130)
    jobs = list(schedule.jobs.values())

    simulation.scheduler.delete_schedule(simulation.now, schedule)
    assert schedule.state == "deleting"
    simulation.run_until(BEYOND)

    assert not simulation.scheduler.schedules
    assert not simulation.scheduler.jobs
    assert {schedule, *jobs} <= set(simulation.scheduler.take_changes()[1])


def test_a_deleted_job_makes_room_for_the_next_and_its_number_is_not_used_again() -> None:
    simulation = simulated(lasting=1000)
    schedule = add_schedule(simulation, recurrenceInterval="PT1M")
    simulation.run_until(70)

    simulation.scheduler.delete_job(simulation.now, schedule.jobs["s:job-1"])
    simulation.run_until(80)

    assert {id_: job.created for id_, job in schedule.jobs.items()} == {"s:job-2": 70}


def changed(schedule: Schedule, simulation: Simulation, **times: str) -> None:
    schedule.body = {**schedule.body, "schedule": times}
    simulation.scheduler.update_schedule(simulation.now, schedule, times=True)


# At 70 s, after a job at 0 and one at 60: the new times, and when jobs are made from then on, until 300 s.
CHANGES: dict[str, tuple[dict[str, str], list[float], str]] = {
    "another interval, on the grid of the start": ({"recurrenceInterval": "PT100S"}, [100, 200, 300], "active"),
    "another start": ({"recurrenceInterval": "PT2M", "doNotRunUntil": at(150)}, [150, 270], "active"),
    "no recurrence": ({}, [], "completed"),
    "an end": ({"recurrenceInterval": "PT1M", "doNotRunAfter": at(130)}, [120], "completed"),
}


@pytest.mark.parametrize(("times", "made", "state"), CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_schedule_holds_for_the_jobs_to_come(times: dict[str, str], made: list[float], state: str) -> None:
    simulation = simulated()
    schedule = add_schedule(simulation, recurrenceInterval="PT1M")
    simulation.run_until(70)

    changed(schedule, simulation, **times)
    simulation.run_until(300)

    assert (starts(schedule), schedule.state) == ([0, 60, *made], state)


def test_making_a_job_does_not_change_the_schedules_own_version() -> None:
    simulation = simulated()
    schedule = add_schedule(simulation, recurrenceInterval="PT1M")
    before = schedule.version, schedule.modified

    simulation.run_until(70)
    assert (schedule.version, schedule.modified) == before

    changed(schedule, simulation, recurrenceInterval="PT2M")
    assert (schedule.version, schedule.modified) == (before[0] + 1, 70)
