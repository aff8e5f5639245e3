"""Jobs over the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batchspec.ports import Body, JobView, PrepView
from batchspec.service import views
from batchspec.service.bodies import wire
from batchspec.service.transport import Transport, if_match, path_of

_LIVE = "state ne 'completed'"


class Jobs(Transport):
    """See `batchspec.ports.batch.Jobs`."""

    def get_job(self, job_id: str) -> JobView:
        return self.read(path_of("jobs", job_id), views.job)

    def find_jobs(self, prefix: str = "", *, live: bool = False) -> Iterator[JobView]:
        wanted = [f"startswith(id,'{prefix}')"] * bool(prefix) + [_LIVE] * live
        query = {"$filter": " and ".join(wanted)} if wanted else {}
        return self.pages("/jobs", query, views.job)

    def list_jobs(self, pool_id: str) -> list[str]:
        query = {"$select": "id,state,poolInfo", "$filter": _LIVE}
        found = self.pages("/jobs", query, lambda entry: views.user(entry, pool_id))
        return [job_id for job_id in found if job_id is not None]

    def add_job(self, job: Body) -> None:
        self.send("POST", "/jobs", body=wire(job))

    def patch_job(self, job_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        self.patch(path_of("jobs", job_id), changes, etag)

    def arm_job(self, job_id: str) -> None:
        self.patch_job(job_id, {"onAllTasksComplete": "terminatejob"})

    def disable_job(self, job_id: str, running: str) -> None:
        self.send("POST", path_of("jobs", job_id, "disable"), body={"disableTasks": running})

    def enable_job(self, job_id: str) -> None:
        self.send("POST", path_of("jobs", job_id, "enable"))

    def terminate_job(self, job_id: str, reason: str) -> None:
        self.send("POST", path_of("jobs", job_id, "terminate"), body={"terminateReason": reason})

    def delete_job(self, job_id: str, etag: str | None = None) -> None:
        self.send("DELETE", path_of("jobs", job_id), headers=if_match(etag))

    def list_preparations(self, job_id: str) -> list[PrepView]:
        path = path_of("jobs", job_id, "jobpreparationandreleasetaskstatus")
        found = self.pages(path, {}, views.preparation)
        return [view for view in found if view is not None]
