"""The requests about jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from batchspec.errors import Conflict
from batchspec.ports import Body, JobView, PrepView
from batchspec.service.bodies import wire
from tests.support.fakes.faults import request
from tests.support.fakes.records import FakeJob
from tests.support.fakes.state import ENDED, State
from tests.support.fakes.views import match, metadata, patched


class Jobs(State):
    """A job is kept for a second after it was deleted."""

    @request
    def get_job(self, job_id: str) -> JobView:
        return self._job(job_id).view

    @request
    def list_jobs(self, pool_id: str) -> list[str]:
        views = [job.view for job in self.jobs.values()]
        return [view.id for view in views if view.pool_id == pool_id and view.state not in ("completed", "deleting")]

    @request
    def add_job(self, job: Body) -> None:
        body = cast("Any", job)
        if body.id in self.jobs:
            raise Conflict("The specified job already exists.", code="JobExists", status=409)
        armed = body.on_all_tasks_complete == "terminatejob"
        self.log.append(f"add job {body.id}")
        found, pool_id = wire(job), body.pool_info.pool_id or ""
        view = JobView(body.id, "active", str(1000 * len(self.log)), metadata(found), pool_id, armed, body=found)
        self.jobs[body.id] = made = FakeJob(view)
        if body.job_manager_task is not None:
            self._add(made, body.job_manager_task)

    @request
    def find_jobs(self, prefix: str = "", *, live: bool = False) -> Iterator[JobView]:
        views = [job.view for job in self.jobs.values() if job.view.id.lower().startswith(prefix.lower())]
        return iter([view for view in views if not (live and view.state == "completed")])

    @request
    def patch_job(self, job_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        job = self._job(job_id)
        if job.view.state not in ("active", "enabling", "disabling", "disabled"):
            raise Conflict("completed", code="JobCompleted", status=409)
        if "poolInfo" in changes and job.view.state != "disabled":
            raise Conflict("not disabled", code="OperationInvalidForCurrentState", status=409)
        self.log.append(f"patch job {job_id} {' '.join(changes)}")
        armed = job.view.armed or changes.get("onAllTasksComplete") == "terminatejob"
        pool_id = changes.get("poolInfo", {}).get("poolId") or job.view.pool_id
        job.view = replace(patched(job.view, changes, etag), armed=armed, pool_id=pool_id)

    @request
    def arm_job(self, job_id: str) -> None:
        job = self._job(job_id)
        if job.view.state != "active":
            raise Conflict("completed", code="JobCompleted", status=409)
        job.view = replace(patched(job.view, {"onAllTasksComplete": "terminatejob"}, None), armed=True)

    @request
    def disable_job(self, job_id: str, running: str) -> None:
        """At once; what runs goes back to the queue, ends, or with `wait` goes on."""
        job = self._job(job_id)
        if job.view.state != "active":
            raise Conflict("not active", code="OperationInvalidForCurrentState", status=409)
        self.log.append(f"disable job {job_id} {running}")
        for task in job.tasks.values():
            if task.view.state == "running" and running == "requeue":
                task.view = replace(task.view, state="active", since=self.clock.now(), started=None, node_id=None)
            elif task.view.state == "running" and running == "terminate":
                self._end(task, None, ENDED)
        busy = any(task.view.state == "running" for task in job.tasks.values())
        job.view = replace(job.view, state="disabling" if busy else "disabled")

    @request
    def enable_job(self, job_id: str) -> None:
        job = self._job(job_id)
        if job.view.state != "disabled":
            raise Conflict("not disabled", code="OperationInvalidForCurrentState", status=409)
        self.log.append(f"enable job {job_id}")
        job.view = replace(job.view, state="active")

    @request
    def terminate_job(self, job_id: str, reason: str) -> None:
        job = self._job(job_id)
        if job.view.state != "active":
            raise Conflict("completed", code="JobCompleted", status=409)
        self.log.append(f"terminate job {job_id}")
        self.end_job(job_id, reason)

    @request
    def delete_job(self, job_id: str, etag: str | None = None) -> None:
        job = self._job(job_id)
        if job.gone_at is not None:
            raise Conflict("being deleted", code="JobBeingDeleted", status=409)
        match(job.view, etag)
        job.view, job.gone_at = replace(job.view, state="deleting"), self.clock.time + 1.0

    @request
    def list_preparations(self, job_id: str) -> list[PrepView]:
        pool = self.pools.get(self._job(job_id).view.pool_id)
        if self.prep_failure is None or pool is None:
            return []
        return [replace(self.prep_failure, node_id=node.id) for node in pool.nodes]
