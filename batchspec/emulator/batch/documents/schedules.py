"""CloudJobSchedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from batchspec.emulator.batch.documents.members import Members, moment, present
from batchspec.emulator.batch.documents.view import View
from batchspec.emulator.engine.records import Schedule
from batchspec.emulator.wire.answer import etag


def _submitted(name: str) -> Callable[[Schedule, View], Any]:
    return lambda schedule, _: schedule.body.get(name)


def _execution_info(schedule: Schedule, view: View) -> dict[str, Any]:
    recent = schedule.recent_job_id
    return present(
        {
            "nextRunTime": moment(schedule.next_run),
            "recentJob": {"id": recent, "url": view.job_url(recent)} if recent else None,
            "endTime": moment(schedule.end_time),
        }
    )


SCHEDULE: Members[Schedule, View] = {
    "id": lambda schedule, _: schedule.id,
    "url": lambda schedule, view: view.schedule_url(schedule.id),
    "eTag": lambda schedule, _: etag(schedule.version),
    "lastModified": lambda schedule, _: moment(schedule.modified),
    "creationTime": lambda schedule, _: moment(schedule.created),
    "state": lambda schedule, _: schedule.state,
    "stateTransitionTime": lambda schedule, _: moment(schedule.state_time),
    "previousState": lambda schedule, _: schedule.previous_state,
    "previousStateTransitionTime": lambda schedule, _: moment(schedule.previous_state_time),
    "executionInfo": _execution_info,
    **{name: _submitted(name) for name in ("displayName", "schedule", "jobSpecification", "metadata")},
    "stats": lambda _schedule, _view: None,
}
