"""What can be asked of job schedules; `Engine.timetable`. As of the engine, each call is durable when it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchspec.emulator.engine import bodies, guards
from batchspec.emulator.engine.records import Schedule, first_version, key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchspec.emulator.engine.driver import Driver
    from batchspec.emulator.engine.records import Body


class Timetable:
    """The job schedules of the account. Ids are compared without their case."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """By lower-cased id, in order of addition."""
        return self._driver.read().schedules

    def get(self, schedule_id: str) -> Schedule | None:
        return self.schedules.get(key(schedule_id))

    # Each of these raises Refused: JobScheduleNotFound, JobScheduleBeingDeleted, and what it names.

    def add(self, body: Body) -> Schedule:
        """JobScheduleExists, JobWithSameIdExists. Its first job may be there when this returns."""
        with self._driver.request() as (scheduler, now):
            guards.new_schedule(body["id"], scheduler.schedules, scheduler.jobs)
            schedule = Schedule(
                scheduler.serial(), body["id"], body, now, now, first_version(now), state_time=now
            )  # fmt: skip
            bodies.read_schedule(schedule)
            scheduler.add_schedule(now, schedule)
        return schedule

    def update(self, schedule_id: str, fields: Body) -> Schedule:
        """Merge `fields` (wire names; None removes) into the body. JobScheduleCompleted, JobScheduleBeingTerminated."""
        with self._driver.request() as (scheduler, now):
            schedule = guards.live_schedule(self.get(schedule_id))
            times = "schedule" in fields and fields["schedule"] != schedule.body.get("schedule")
            schedule.body = merged(schedule.body, fields)
            scheduler.update_schedule(now, schedule, times=times)
        return schedule

    def disable(self, schedule_id: str) -> Schedule:
        """Without effect on one that is disabled. JobScheduleCompleted, JobScheduleBeingTerminated."""
        with self._driver.request() as (scheduler, now):
            schedule = guards.live_schedule(self.get(schedule_id))
            if schedule.state == "active":
                scheduler.disable_schedule(now, schedule)
        return schedule

    def enable(self, schedule_id: str) -> Schedule:
        """Without effect on one that is active. JobScheduleCompleted, JobScheduleBeingTerminated."""
        with self._driver.request() as (scheduler, now):
            schedule = guards.live_schedule(self.get(schedule_id))
            if schedule.state == "disabled":
                scheduler.enable_schedule(now, schedule)
        return schedule

    def terminate(self, schedule_id: str) -> Schedule:
        """Its job, too. JobScheduleCompleted, JobScheduleBeingTerminated."""
        with self._driver.request() as (scheduler, now):
            schedule = guards.live_schedule(self.get(schedule_id))
            scheduler.terminate_schedule(now, schedule)
        return schedule

    def delete(self, schedule_id: str) -> None:
        """With all its jobs."""
        with self._driver.request() as (scheduler, now):
            scheduler.delete_schedule(now, guards.schedule(self.get(schedule_id)))


def merged(body: Body, fields: Body) -> Body:
    """The body with these members, without those that are None."""
    return {name: value for name, value in (body | fields).items() if value is not None}
