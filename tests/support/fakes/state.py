"""What a service in memory holds, and how a task comes into it and ends."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from batchspec.errors import NotFound
from batchspec.ports import AddResult, Fault, PrepView, ScheduleView, TaskView
from tests.support.fakes.clock import FakeClock
from tests.support.fakes.faults import Faults
from tests.support.fakes.records import Behaviour, FakeJob, FakePool, FakeTask

ENDED = Fault("TaskEnded", "Task Was Ended by User Request")


class State(ABC):
    """All of an account, and what the test says of it. What is looked for and not there is not found."""

    def __init__(
        self,
        clock: FakeClock,
        behaviours: Mapping[str, Behaviour] | None = None,
        *,
        nodes: int = 2,
        node_state: str = "idle",
        slots: int = 2,
        faults: Faults | None = None,
        largest: int = 100,
    ) -> None:
        self.clock = clock
        self.behaviours = dict(behaviours or {})
        self.nodes, self.node_state, self.slots = nodes, node_state, slots
        self.faults = faults or Faults()
        self.largest = largest  # tasks in a request, beyond which it is too large
        self.adds: tuple[str, ...] = ()  # the tasks that a job manager task adds
        self.refusals: dict[str, Fault] = {}
        self.server_errors: dict[str, int] = {}
        self.prep_failure: PrepView | None = None
        self.resize_errors: tuple[Fault, ...] = ()
        self.node_files: dict[str, str] = {}
        self.lost: set[str] = set()  # the tasks whose node is gone, with what they have printed
        self.pools: dict[str, FakePool] = {}
        self.jobs: dict[str, FakeJob] = {}
        self.schedules: dict[str, ScheduleView] = {}
        self.log: list[str] = []
        self.lock = threading.RLock()
        clock.listeners.append(self.step)

    @property
    def url(self) -> str:
        return "https://fake.batch"

    @abstractmethod
    def step(self) -> None:
        """What has become true by now."""

    def _add(self, job: FakeJob, body: Any) -> AddResult:
        if self.server_errors.get(body.id, 0) > 0:
            self.server_errors[body.id] -= 1
            return AddResult(body.id, "servererror", Fault("ServerBusy", "busy"))
        if body.id in self.refusals:
            return AddResult(body.id, "clienterror", self.refusals[body.id])
        if body.id in job.tasks:
            return AddResult(body.id, "clienterror", Fault("TaskExists", "exists"))
        job.order.append(body.id)
        job.tasks[body.id] = FakeTask(body, TaskView(body.id, "active", self.clock.now()))
        return AddResult(body.id, "success")

    def _end(self, task: FakeTask, exit_code: int | None, fault: Fault | None) -> None:
        now, good = self.clock.now(), exit_code == 0 and fault is None
        task.view = replace(
            task.view, state="completed", since=now, ended=now, succeeded=good, exit_code=exit_code, fault=fault
        )

    def end_job(self, job_id: str, reason: str) -> None:
        """What runs is ended, what waits goes on waiting."""
        job = self._job(job_id)
        job.view = replace(job.view, state="completed", terminate_reason=reason)
        for task in job.tasks.values():
            if task.view.state == "running":
                self._end(task, None, ENDED)

    def retry_task(self, job_id: str, task_id: str, exit_code: int | None) -> None:
        """A try that failed is over, and the next one runs already."""
        task = self._task(job_id, task_id)
        now, tries = self.clock.now(), task.view.retries + 1
        task.view = replace(task.view, since=now, started=now, retries=tries, exit_code=exit_code)

    def _of(self, task_id: str) -> Behaviour:
        return self.behaviours.get(task_id, Behaviour())

    def _pool(self, pool_id: str) -> FakePool:
        if pool_id not in self.pools:
            raise NotFound("The specified pool does not exist.", code="PoolNotFound", status=404)
        return self.pools[pool_id]

    def _job(self, job_id: str) -> FakeJob:
        if job_id not in self.jobs:
            raise NotFound("The specified job does not exist.", code="JobNotFound", status=404)
        return self.jobs[job_id]

    def _task(self, job_id: str, task_id: str) -> FakeTask:
        job = self._job(job_id)
        if task_id not in job.tasks:
            raise NotFound("The specified task does not exist.", code="TaskNotFound", status=404)
        return job.tasks[task_id]

    def _schedule(self, schedule_id: str) -> ScheduleView:
        if schedule_id not in self.schedules:
            raise NotFound("no schedule", code="JobScheduleNotFound", status=404)
        return self.schedules[schedule_id]
