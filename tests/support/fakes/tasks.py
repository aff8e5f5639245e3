"""The requests about tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from batchspec.errors import Conflict, TooLarge
from batchspec.ports import AddResult, Body, Counts, TaskView
from tests.support.fakes.faults import request
from tests.support.fakes.records import told
from tests.support.fakes.state import ENDED, State


class Tasks(State):
    """Adding is refused, and fails, as the test has said."""

    @request
    def add_tasks(self, job_id: str, tasks: Iterable[Body]) -> list[AddResult]:
        job = self._job(job_id)
        tasks = list(tasks)
        if len(tasks) > self.largest:
            raise TooLarge("too large", code="RequestBodyTooLarge", status=413)
        if job.view.state not in ("active", "disabling", "disabled", "enabling"):
            raise Conflict("completed", code="JobCompleted", status=409)
        return [self._add(job, cast("Any", body)) for body in tasks]

    @request
    def count_tasks(self, job_id: str) -> Counts:
        views = [task.view for task in self._job(job_id).tasks.values()]
        done = [view for view in views if view.state == "completed"]
        good = sum(view.succeeded is True for view in done)
        running = sum(view.state == "running" for view in views)
        return Counts(len(views) - running - len(done), running, len(done), good, len(done) - good)

    @request
    def list_tasks(self, job_id: str, since: datetime | None = None, *, started: bool = False) -> Iterator[TaskView]:
        job = self._job(job_id)
        views = [job.tasks[task_id].view for task_id in job.order]
        return iter(
            [
                view
                for view in views
                if (since is None or view.since >= since) and not (started and view.state == "active")
            ]
        )

    @request
    def get_task(self, job_id: str, task_id: str) -> TaskView:
        return self._task(job_id, task_id).view

    @request
    def task_states(self, job_id: str) -> dict[str, str]:
        job = self._job(job_id)
        return {task_id: job.tasks[task_id].view.state for task_id in job.order}

    @request
    def task_bodies(self, job_id: str) -> Iterator[Mapping[str, Any]]:
        job = self._job(job_id)
        return iter([told(job.tasks[i]) for i in job.order])

    @request
    def update_task(self, job_id: str, task_id: str, constraints: Mapping[str, Any]) -> None:
        task = self._task(job_id, task_id)
        if task.view.state == "completed":
            raise Conflict("completed", code="TaskCompleted", status=409)
        self.log.append(f"update task {job_id}/{task_id} {constraints}")
        task.limits = dict(constraints)

    @request
    def terminate_task(self, job_id: str, task_id: str) -> None:
        task = self._task(job_id, task_id)
        if task.view.state == "completed":
            raise Conflict("completed", code="TaskCompleted", status=409)
        self._end(task, None, ENDED)

    @request
    def reactivate_task(self, job_id: str, task_id: str) -> None:
        task = self._task(job_id, task_id)
        if self._job(job_id).view.state not in ("active", "disabled"):
            raise Conflict("completed", code="JobCompleted", status=409)
        if task.view.succeeded or task.view.state != "completed":
            raise Conflict("not failed", code="OperationInvalidForCurrentState", status=409)
        task.view = TaskView(task_id, "active", self.clock.now())

    @request
    def delete_task(self, job_id: str, task_id: str) -> None:
        self._task(job_id, task_id)
        job = self._job(job_id)
        job.order.remove(task_id)
        del job.tasks[task_id]
