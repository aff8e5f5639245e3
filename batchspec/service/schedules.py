"""Job schedules over the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batchspec.ports import Body, JobView, ScheduleView
from batchspec.service import views
from batchspec.service.bodies import wire
from batchspec.service.transport import Transport, if_match, path_of


class Schedules(Transport):
    """See `batchspec.ports.batch.Schedules`."""

    def get_schedule(self, schedule_id: str) -> ScheduleView:
        return self.read(path_of("jobschedules", schedule_id), views.schedule)

    def list_schedules(self) -> Iterator[ScheduleView]:
        return self.pages("/jobschedules", {}, views.schedule)

    def schedule_jobs(self, schedule_id: str) -> Iterator[JobView]:
        return self.pages(path_of("jobschedules", schedule_id, "jobs"), {}, views.job)

    def add_schedule(self, schedule: Body) -> None:
        self.send("POST", "/jobschedules", body=wire(schedule))

    def patch_schedule(self, schedule_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        self.patch(path_of("jobschedules", schedule_id), changes, etag)

    def disable_schedule(self, schedule_id: str) -> None:
        self.send("POST", path_of("jobschedules", schedule_id, "disable"))

    def enable_schedule(self, schedule_id: str) -> None:
        self.send("POST", path_of("jobschedules", schedule_id, "enable"))

    def terminate_schedule(self, schedule_id: str) -> None:
        self.send("POST", path_of("jobschedules", schedule_id, "terminate"))

    def delete_schedule(self, schedule_id: str, etag: str | None = None) -> None:
        self.send("DELETE", path_of("jobschedules", schedule_id), headers=if_match(etag))
