"""The requests about job schedules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from batchspec.errors import Conflict
from batchspec.ports import Body, JobView, ScheduleView
from batchspec.service.bodies import wire
from tests.support.fakes.faults import request
from tests.support.fakes.state import State
from tests.support.fakes.views import match, metadata, patched


class Schedules(State):
    """They are kept, and never carried out."""

    @request
    def get_schedule(self, schedule_id: str) -> ScheduleView:
        return self._schedule(schedule_id)

    @request
    def list_schedules(self) -> Iterator[ScheduleView]:
        return iter(list(self.schedules.values()))

    @request
    def schedule_jobs(self, schedule_id: str) -> Iterator[JobView]:
        self._schedule(schedule_id)
        return iter([job.view for job in self.jobs.values() if job.view.id.startswith(f"{schedule_id}:job-")])

    @request
    def add_schedule(self, schedule: Body) -> None:
        found = wire(schedule)
        if found["id"] in self.schedules:
            raise Conflict("exists", code="JobScheduleExists", status=409)
        self.log.append(f"add schedule {found['id']}")
        self.schedules[found["id"]] = ScheduleView(found["id"], "active", "1", metadata(found), body=found)

    @request
    def patch_schedule(self, schedule_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        self.log.append(f"patch schedule {schedule_id} {' '.join(changes)}")
        self.schedules[schedule_id] = patched(self._schedule(schedule_id), changes, etag)

    @request
    def disable_schedule(self, schedule_id: str) -> None:
        self.schedules[schedule_id] = replace(self._schedule(schedule_id), state="disabled")

    @request
    def enable_schedule(self, schedule_id: str) -> None:
        self.schedules[schedule_id] = replace(self._schedule(schedule_id), state="active")

    @request
    def terminate_schedule(self, schedule_id: str) -> None:
        self.schedules[schedule_id] = replace(self._schedule(schedule_id), state="completed")

    @request
    def delete_schedule(self, schedule_id: str, etag: str | None = None) -> None:
        match(self._schedule(schedule_id), etag)
        del self.schedules[schedule_id]
        for job_id in [one for one in self.jobs if one.startswith(f"{schedule_id}:job-")]:
            del self.jobs[job_id]
