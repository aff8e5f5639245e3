"""JobSchedule_*, and Job_ListFromJobSchedule."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.call import Call
from batchspec.emulator.batch.documents import defaults
from batchspec.emulator.batch.documents.members import build, lookup
from batchspec.emulator.batch.documents.schedules import SCHEDULE
from batchspec.emulator.batch.handlers.jobs import page_of_jobs
from batchspec.emulator.engine.records import Schedule
from batchspec.emulator.wire.answer import Answer, entity_headers
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.odata.ast import matches
from batchspec.emulator.wire.odata.lists import JOBS_OF_SCHEDULE, SCHEDULES


def add(call: Call) -> Answer:
    """JobSchedule_Add."""
    return _done(call, 201, call.engine.timetable.add(_with_defaults(call.body)))


def exists(call: Call) -> Answer:
    """JobSchedule_Exists."""
    schedule = _named(call)
    call.check(schedule, read=True)
    return Answer(200, entity_headers(schedule.version, schedule.modified))


def get(call: Call) -> Answer:
    """JobSchedule_Get."""
    schedule = _named(call)
    call.check(schedule, read=True)
    return call.entity(schedule, "jobschedules", build(SCHEDULE, schedule, call.view, call.select(SCHEDULE)))


def list_schedules(call: Call) -> Answer:
    """JobSchedule_List."""
    wanted, select, after = call.filter(SCHEDULES), call.select(SCHEDULE), call.after_number()
    found = (
        schedule
        for schedule in call.engine.timetable.schedules.values()
        if schedule.number > after and (wanted is None or matches(wanted, lookup(SCHEDULE, schedule, call.view)))
    )
    return call.page(
        "jobschedules",
        found,
        lambda schedule: str(schedule.number),
        lambda page: [build(SCHEDULE, schedule, call.view, select) for schedule in page],
    )


def list_jobs(call: Call) -> Answer:
    """Job_ListFromJobSchedule."""
    return page_of_jobs(call, _named(call).jobs.values(), JOBS_OF_SCHEDULE)


def delete(call: Call) -> Answer:
    """JobSchedule_Delete: its jobs, too."""
    schedule = _named(call)
    call.check(schedule)
    call.engine.timetable.delete(schedule.id)
    return Answer(202)


def patch(call: Call) -> Answer:
    """JobSchedule_Patch: only what the body names changes, each member as a whole."""
    schedule = _named(call)
    call.check(schedule)
    return _done(call, 200, call.engine.timetable.update(schedule.id, _with_defaults(call.body)))


def update(call: Call) -> Answer:
    """JobSchedule_Update: without metadata there is none any more."""
    schedule = _named(call)
    call.check(schedule)
    fields = {"metadata": None, **_with_defaults(call.body)}
    return _done(call, 200, call.engine.timetable.update(schedule.id, fields))


def disable(call: Call) -> Answer:
    """JobSchedule_Disable."""
    schedule = _named(call)
    call.check(schedule)
    return _done(call, 204, call.engine.timetable.disable(schedule.id))


def enable(call: Call) -> Answer:
    """JobSchedule_Enable."""
    schedule = _named(call)
    call.check(schedule)
    return _done(call, 204, call.engine.timetable.enable(schedule.id))


def terminate(call: Call) -> Answer:
    """JobSchedule_Terminate."""
    schedule = _named(call)
    call.check(schedule)
    return _done(call, 202, call.engine.timetable.terminate(schedule.id))


def _named(call: Call) -> Schedule:
    schedule = call.engine.timetable.get(call.args["jobScheduleId"])
    if schedule is None:
        raise BatchError("JobScheduleNotFound")
    return schedule


def _with_defaults(body: dict[str, Any]) -> dict[str, Any]:
    if "jobSpecification" not in body:
        return body
    return {**body, "jobSpecification": defaults.job(body["jobSpecification"])}


def _done(call: Call, status: int, schedule: Schedule) -> Answer:
    return call.done(status, schedule, call.view.schedule_url(schedule.id))
