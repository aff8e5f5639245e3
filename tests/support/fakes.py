"""The ports in memory, time that jumps, and requests that fail when told to.

The service moves only while somebody sleeps: `FakeClock.sleep` lets the time pass and `FakeBatch.step` does what
the service would have done in it.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar, cast

from azure.batch.models import JobManagerTask, TaskAddParameter

from batchspec.errors import (
    Busy,
    Conflict,
    LocalFailure,
    NotFound,
    PreconditionFailed,
    ServiceError,
    TooLarge,
    Unreachable,
)
from batchspec.ports import (
    PIECE,
    AddResult,
    BlobView,
    Body,
    Counts,
    Fault,
    JobView,
    NodeView,
    PoolView,
    PrepView,
    ScheduleView,
    TaskView,
)
from batchspec.service.bodies import wire
from tests.support.scaling import Scaling

EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)
_Method = TypeVar("_Method", bound=Callable[..., Any])


class FakeClock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 0.0
        self.listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.time)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        steps = max(1, min(50, round(seconds / 0.1)))
        for _ in range(steps):
            self.time += max(seconds, 0.001) / steps
            for listener in self.listeners:
                listener()


class Faults:
    """Fails the k-th request, counted over all ports, in one of KINDS; None lets all pass."""

    KINDS = ("503", "429", "timeout", "reset", "lost")

    def __init__(self, k: int | None = None, kind: str = "503") -> None:
        self.k = k
        self.kind = kind
        self.count = 0
        self._lock = threading.Lock()

    @property
    def hit(self) -> bool:
        """Whether a request has failed."""
        return self.k is not None and self.count >= self.k

    def guard(self, request: Callable[[], Any]) -> Any:
        with self._lock:
            self.count += 1
            fail = self.count == self.k
        if not fail:
            return request()
        if self.kind == "503":
            raise Busy("the service is busy", code="ServerBusy", status=503)
        if self.kind == "429":
            raise Busy("too many requests", code="TooManyRequests", status=429, retry_after=2.0)
        if self.kind == "lost":
            with suppress(ServiceError):
                request()
        raise Unreachable(f"no answer: {self.kind}")


def request(method: _Method) -> _Method:
    """A method that is one request: counted, and failed when its turn comes."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        def do() -> Any:
            with self.lock:
                return method(self, *args, **kwargs)

        return self.faults.guard(do)

    return cast("_Method", call)


@dataclass(frozen=True)
class Behaviour:
    """What a task does when it runs; seconds is how long it takes."""

    exit_code: int = 0
    seconds: float = 1.0
    stdout: str = ""
    stderr: str = ""
    endless: bool = False  # it prints its stdout again whenever somebody has read all of it


@dataclass
class _Task:
    body: Any
    view: TaskView
    until: float = 0.0
    limits: dict[str, Any] | None = None  # the constraints, once they were updated


@dataclass
class _Job:
    view: JobView
    order: list[str] = field(default_factory=list)
    tasks: dict[str, _Task] = field(default_factory=dict)
    gone_at: float | None = None


@dataclass
class _Pool:
    view: PoolView
    nodes: list[NodeView]
    gone_at: float | None = None
    steady_at: float = 0.0  # when nodes have booted again, and those that leave have left
    targets: tuple[int, int] = (0, 0)  # dedicated and spot, as a formula gave them
    scaling: Scaling = field(default_factory=Scaling)
    formula_at: float = -1e9  # when autoscale was enabled by a request of its own


def _told(task: _Task) -> dict[str, Any]:
    limits = {} if task.limits is None else {"constraints": task.limits}
    return {**wire(task.body), **limits, "state": task.view.state}


class FakeBatch:
    """A BatchPort in memory. nodes: how many a pool gets, and the state that they reach."""

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
        self.pools: dict[str, _Pool] = {}
        self.jobs: dict[str, _Job] = {}
        self.schedules: dict[str, ScheduleView] = {}
        self.log: list[str] = []
        self.lock = threading.RLock()
        clock.listeners.append(self.step)

    @property
    def url(self) -> str:
        return "https://fake.batch"

    # the service's side

    def step(self) -> None:
        """What has become true by now."""
        with self.lock:
            now = self.clock.time
            self.pools = {k: v for k, v in self.pools.items() if v.gone_at is None or v.gone_at > now}
            self.jobs = {k: v for k, v in self.jobs.items() if v.gone_at is None or v.gone_at > now}
            for pool in self.pools.values():
                if now >= pool.steady_at:
                    pool.view = replace(pool.view, allocation="steady")
                    pool.nodes = [
                        replace(node, state="idle") if node.state == "rebooting" else node
                        for node in pool.nodes
                        if node.state != "leavingpool"
                    ]
                states = ("creating", "idle", "starting")
                pool.nodes = [
                    replace(node, state=self.node_state) if node.state in states else node for node in pool.nodes
                ]
            for pool in self.pools.values():
                self._scale(pool)
            for job in self.jobs.values():
                self._requeue(job)
                self._finish(job)
                if job.view.state == "disabling" and not any(t.view.state == "running" for t in job.tasks.values()):
                    job.view = replace(job.view, state="disabled")
                if job.view.state == "active":
                    self._start(job)
                    self._finish(job)
                self._manage(job)
                done = all(task.view.state == "completed" for task in job.tasks.values())
                if job.view.state == "active" and job.view.armed and done:
                    job.view = replace(job.view, state="completed", terminate_reason="AllTasksComplete")

    def reboot(self, pool_id: str) -> None:
        """All nodes of a pool, for five seconds."""
        pool = self.pools[pool_id]
        pool.nodes = [replace(node, state="rebooting") for node in pool.nodes]
        pool.steady_at = self.clock.time + 5.0

    @request
    def resize_pool(self, pool_id: str, dedicated: int, spot: int, timeout: timedelta | None = None) -> None:
        """It takes five seconds."""
        pool, target = self._pool(pool_id), dedicated + spot
        if pool.view.allocation != "steady" or pool.view.autoscale or pool.gone_at is not None:
            raise Conflict("it is being resized", code="OperationInvalidForCurrentState", status=409)
        self.log.append(f"resize pool {pool_id} {dedicated} {spot}")
        counts = {"targetDedicatedNodes": dedicated, "targetLowPriorityNodes": spot}
        pool.view = _patched(pool.view, counts | {"resizeTimeout": timeout or timedelta(minutes=15)}, None)
        self._size(pool, target)

    def _scale(self, pool: _Pool) -> None:
        """Sample the pool's tasks, and evaluate its formula when it is time."""
        if not pool.view.autoscale or "autoScaleFormula" not in pool.view.body:
            return
        time, now = self.clock.time, self.clock.now()
        if time >= pool.scaling.sampled_at:
            pool.scaling.sample(time, now, self._pending(pool.view.id))
        if time >= pool.scaling.due_at:
            pool.targets = pool.scaling.size(time, now, pool.view.body, pool.targets)
            if sum(pool.targets) != pool.view.target_nodes:
                self._size(pool, sum(pool.targets))

    def _pending(self, pool_id: str) -> int:
        jobs = [job for job in self.jobs.values() if job.view.pool_id == pool_id and job.view.state == "active"]
        return sum(
            task.view.state == "running" or (task.view.state == "active" and self._let_go(job, task))
            for job in jobs
            for task in job.tasks.values()
        )

    def _size(self, pool: _Pool, target: int) -> None:
        pool.view = replace(pool.view, allocation="resizing", target_nodes=target, current_nodes=target)
        pool.nodes += [NodeView(f"node-{n}", "creating") for n in range(len(pool.nodes), target)]
        kept, leaving = pool.nodes[:target], pool.nodes[target:]
        pool.nodes = kept + [replace(node, state="leavingpool") for node in leaving]
        pool.steady_at = self.clock.time + 5.0

    def _requeue(self, job: _Job) -> None:
        """What ran on a node that is gone, or is no longer fit for it, goes back to the queue."""
        pool = self.pools.get(job.view.pool_id)
        fit = {node.id for node in pool.nodes if node.state == "idle"} if pool else set()
        for task in job.tasks.values():
            if task.view.state == "running" and task.view.node_id not in fit:
                task.view = replace(task.view, state="active", since=self.clock.now(), started=None, node_id=None)

    def _start(self, job: _Job) -> None:
        pool = self.pools.get(job.view.pool_id)
        ready = [node for node in pool.nodes if node.state == "idle"] if pool else []
        free = len(ready) * self.slots - sum(task.view.state == "running" for task in job.tasks.values())
        if self.prep_failure is not None:
            return
        for task_id in job.order:
            task = job.tasks[task_id]
            if free > 0 and task.view.state == "active" and self._let_go(job, task):
                free -= 1
                now = self.clock.now()
                task.until = self.clock.time + self._of(task_id).seconds
                task.view = replace(task.view, state="running", since=now, started=now, node_id=ready[0].id)

    def _let_go(self, job: _Job, task: _Task) -> bool:
        depends_on = getattr(task.body, "depends_on", None)
        wanted = (depends_on.task_ids or ()) if depends_on else ()
        return all(parent in job.tasks and job.tasks[parent].view.succeeded for parent in wanted)

    def _finish(self, job: _Job) -> None:
        for task in job.tasks.values():
            if task.view.state == "running" and self.clock.time >= task.until:
                self._end(task, self._of(task.view.id).exit_code, None)

    def _manage(self, job: _Job) -> None:
        """A job manager task that runs adds what it shall, and then takes its job with it, or does not."""
        manager = next((task for task in job.tasks.values() if isinstance(task.body, JobManagerTask)), None)
        if manager is None or manager.view.state == "active":
            return
        for task_id in self.adds:
            if task_id not in job.tasks:
                self._add(job, TaskAddParameter(id=task_id, command_line="/bin/true"))
        ends = manager.body.kill_job_on_completion is not False and manager.view.state == "completed"
        if ends and job.view.state == "active":
            self.end_job(job.view.id, "JMComplete")

    def _end(self, task: _Task, exit_code: int | None, fault: Fault | None) -> None:
        now, good = self.clock.now(), exit_code == 0 and fault is None
        task.view = replace(
            task.view, state="completed", since=now, ended=now, succeeded=good, exit_code=exit_code, fault=fault
        )

    def _of(self, task_id: str) -> Behaviour:
        return self.behaviours.get(task_id, Behaviour())

    # the port

    def end_job(self, job_id: str, reason: str) -> None:
        """What runs is ended, what waits goes on waiting."""
        job = self._job(job_id)
        job.view = replace(job.view, state="completed", terminate_reason=reason)
        for task in job.tasks.values():
            if task.view.state == "running":
                self._end(task, None, Fault("TaskEnded", "Task Was Ended by User Request"))

    def retry_task(self, job_id: str, task_id: str, exit_code: int | None) -> None:
        """A try that failed is over, and the next one runs already."""
        task = self._task(job_id, task_id)
        now, tries = self.clock.now(), task.view.retries + 1
        task.view = replace(task.view, since=now, started=now, retries=tries, exit_code=exit_code)

    @request
    def get_pool(self, pool_id: str) -> PoolView:
        return self._pool(pool_id).view

    @request
    def add_pool(self, pool: Body) -> None:
        body = cast("Any", pool)
        if body.id in self.pools:
            raise Conflict("The specified pool already exists.", code="PoolExists", status=409)
        self.log.append(f"add pool {body.id}")
        count = 0 if body.enable_auto_scale and body.auto_scale_formula else self.nodes
        nodes = [NodeView(f"node-{n}", "creating") for n in range(count)]
        found = wire(pool)
        view = PoolView(
            body.id,
            "active",
            "steady",
            "1",
            _metadata(found),
            count,
            count,
            self.resize_errors,
            bool(body.enable_auto_scale),
            found,
        )
        self.pools[body.id] = made = _Pool(view, nodes)
        self._scale(made)

    @request
    def list_pools(self) -> Iterator[PoolView]:
        return iter([pool.view for pool in self.pools.values()])

    @request
    def patch_pool(self, pool_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        pool = self._pool(pool_id)
        self.log.append(f"patch pool {pool_id} {' '.join(changes)}")
        pool.view = _patched(pool.view, changes, etag)

    @request
    def replace_pool_properties(self, pool_id: str, properties: Mapping[str, Any]) -> None:
        pool = self._pool(pool_id)
        self.log.append(f"replace properties of pool {pool_id}")
        pool.view = _patched(pool.view, {"startTask": None, **properties}, None)

    @request
    def stop_resize(self, pool_id: str) -> None:
        pool = self._pool(pool_id)
        if pool.view.allocation != "resizing":
            raise Conflict("steady", code="OperationInvalidForCurrentState", status=409)
        pool.view = replace(pool.view, allocation="steady", target_nodes=pool.view.current_nodes)

    @request
    def enable_autoscale(self, pool_id: str, formula: str, interval: timedelta | None = None) -> None:
        pool = self._pool(pool_id)
        if pool.view.allocation != "steady":
            raise Conflict("it is being resized", code="OperationInvalidForCurrentState", status=409)
        if self.clock.time - pool.formula_at < 30.0:
            raise Busy("too soon", code="TooManyEnableAutoScaleRequests", status=503)
        pool.formula_at, pool.scaling.due_at = self.clock.time, self.clock.time
        self.log.append(f"autoscale pool {pool_id}")
        changes: dict[str, Any] = {"enableAutoScale": True, "autoScaleFormula": formula}
        if interval is not None:
            changes["autoScaleEvaluationInterval"] = interval
        pool.view = replace(_patched(pool.view, changes, None), autoscale=True)
        self._scale(pool)

    @request
    def disable_autoscale(self, pool_id: str) -> None:
        pool = self._pool(pool_id)
        pool.view = replace(_patched(pool.view, {"enableAutoScale": False}, None), autoscale=False)

    @request
    def delete_pool(self, pool_id: str, etag: str | None = None) -> None:
        pool = self._pool(pool_id)
        if pool.gone_at is not None:
            raise Conflict("being deleted", code="PoolBeingDeleted", status=409)
        _match(pool.view, etag)
        pool.view, pool.gone_at = replace(pool.view, state="deleting"), self.clock.time + 1.0

    @request
    def list_nodes(self, pool_id: str) -> list[NodeView]:
        return list(self._pool(pool_id).nodes)

    @request
    def reboot_node(self, pool_id: str, node_id: str) -> None:
        """Five seconds. Whether its start task fails again is up to `node_state`."""
        pool = self._pool(pool_id)
        if all(node.id != node_id for node in pool.nodes):
            raise NotFound("no node", code="NodeNotFound", status=404)
        self.log.append(f"reboot node {pool_id}/{node_id}")
        pool.nodes = [replace(node, state="rebooting") if node.id == node_id else node for node in pool.nodes]
        pool.steady_at = self.clock.time + 5.0

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
        made = _Job(JobView(body.id, "active", str(1000 * len(self.log)), _metadata(found), pool_id, armed, body=found))
        self.jobs[body.id] = made
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
        job.view = replace(_patched(job.view, changes, etag), armed=armed, pool_id=pool_id)

    @request
    def arm_job(self, job_id: str) -> None:
        job = self._job(job_id)
        if job.view.state != "active":
            raise Conflict("completed", code="JobCompleted", status=409)
        job.view = replace(_patched(job.view, {"onAllTasksComplete": "terminatejob"}, None), armed=True)

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
                self._end(task, None, Fault("TaskEnded", "Task Was Ended by User Request"))
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
        _match(job.view, etag)
        job.view, job.gone_at = replace(job.view, state="deleting"), self.clock.time + 1.0

    @request
    def add_tasks(self, job_id: str, tasks: Iterable[Body]) -> list[AddResult]:
        job = self._job(job_id)
        tasks = list(tasks)
        if len(tasks) > self.largest:
            raise TooLarge("too large", code="RequestBodyTooLarge", status=413)
        if job.view.state != "active":
            raise Conflict("completed", code="JobCompleted", status=409)
        return [self._add(job, cast("Any", body)) for body in tasks]

    def _add(self, job: _Job, body: Any) -> AddResult:
        if self.server_errors.get(body.id, 0) > 0:
            self.server_errors[body.id] -= 1
            return AddResult(body.id, "servererror", Fault("ServerBusy", "busy"))
        if body.id in self.refusals:
            return AddResult(body.id, "clienterror", self.refusals[body.id])
        if body.id in job.tasks:
            return AddResult(body.id, "clienterror", Fault("TaskExists", "exists"))
        job.order.append(body.id)
        job.tasks[body.id] = _Task(body, TaskView(body.id, "active", self.clock.now()))
        return AddResult(body.id, "success")

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
        return iter([_told(job.tasks[i]) for i in job.order])

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
        self._end(task, None, Fault("TaskEnded", "Task Was Ended by User Request"))

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

    # job schedules: kept, and never carried out

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
        self.schedules[found["id"]] = ScheduleView(found["id"], "active", "1", _metadata(found), body=found)

    @request
    def patch_schedule(self, schedule_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        self.log.append(f"patch schedule {schedule_id} {' '.join(changes)}")
        self.schedules[schedule_id] = _patched(self._schedule(schedule_id), changes, etag)

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
        _match(self._schedule(schedule_id), etag)
        del self.schedules[schedule_id]
        for job_id in [one for one in self.jobs if one.startswith(f"{schedule_id}:job-")]:
            del self.jobs[job_id]

    def _schedule(self, schedule_id: str) -> ScheduleView:
        if schedule_id not in self.schedules:
            raise NotFound("no schedule", code="JobScheduleNotFound", status=404)
        return self.schedules[schedule_id]

    @request
    def list_preparations(self, job_id: str) -> list[PrepView]:
        pool = self.pools.get(self._job(job_id).view.pool_id)
        if self.prep_failure is None or pool is None:
            return []
        return [replace(self.prep_failure, node_id=node.id) for node in pool.nodes]

    @request
    def read_task_file(self, job_id: str, task_id: str, path: str, offset: int) -> bytes:
        task = self._task(job_id, task_id)
        if task_id in self.lost:
            raise Conflict("the node is gone", code="NodeNotFound", status=409)
        if task.view.started is None:
            raise NotFound("no file", code="FileNotFound", status=404)
        text = self._text(task_id, path)
        if self._of(task_id).endless:
            return text
        if task.view.state == "running":
            # Half of it is there while the task runs, whatever character that cuts through.
            text = text[: len(text) // 2]
        return bytes(text[offset:][:PIECE])

    @request
    def task_file_size(self, job_id: str, task_id: str, path: str) -> int:
        if task_id in self.lost:
            raise Conflict("the node is gone", code="NodeNotFound", status=409)
        if self._task(job_id, task_id).view.started is None:
            raise NotFound("no file", code="FileNotFound", status=404)
        return len(self._text(task_id, path))

    def _text(self, task_id: str, path: str) -> bytes:
        return bytes(getattr(self._of(task_id), path.removesuffix(".txt")).encode())

    @request
    def read_node_file(self, pool_id: str, node_id: str, path: str, offset: int) -> bytes:  # noqa: ARG002  # the port's
        if path not in self.node_files:
            raise NotFound("no file", code="FileNotFound", status=404)
        return self.node_files[path].encode()[offset:]

    def _pool(self, pool_id: str) -> _Pool:
        if pool_id not in self.pools:
            raise NotFound("The specified pool does not exist.", code="PoolNotFound", status=404)
        return self.pools[pool_id]

    def _job(self, job_id: str) -> _Job:
        if job_id not in self.jobs:
            raise NotFound("The specified job does not exist.", code="JobNotFound", status=404)
        return self.jobs[job_id]

    def _task(self, job_id: str, task_id: str) -> _Task:
        job = self._job(job_id)
        if task_id not in job.tasks:
            raise NotFound("The specified task does not exist.", code="TaskNotFound", status=404)
        return job.tasks[task_id]


_View = TypeVar("_View", PoolView, JobView, ScheduleView)


def _metadata(found: Mapping[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in found.get("metadata") or ()}


def _match(view: _View, etag: str | None) -> None:
    if etag is not None and etag != view.etag:
        raise PreconditionFailed("changed", code="ConditionNotMet", status=412)


def _patched(view: _View, changes: Mapping[str, Any], etag: str | None) -> _View:
    _match(view, etag)
    body = {**view.body, **changes}
    return replace(view, body=body, metadata=_metadata(body), etag=str(int(view.etag) + 1))


class FakeBlob:
    """A BlobPort in memory."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.containers: dict[str, dict[str, bytes]] = {}
        self.uploads: list[str] = []
        self.lock = threading.RLock()

    @property
    def url(self) -> str:
        return "https://fake.blob"

    @request
    def ensure_container(self, container: str) -> None:
        self.containers.setdefault(container, {})

    @request
    def list_blobs(self, container: str, prefix: str) -> Iterator[BlobView]:
        blobs = self._of(container)
        return iter([BlobView(name, len(blobs[name])) for name in sorted(blobs) if name.startswith(prefix)])

    @request
    def upload(
        self, container: str, blob: str, path: Path, sha256: str, moved: Callable[[int], None], *, replace: bool = False
    ) -> None:
        data = path.read_bytes()
        moved(len(data))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise LocalFailure(f"{path} changed while it was uploaded")
        blobs = self._of(container)
        if replace or blob not in blobs:
            blobs[blob] = data
        self.uploads.append(blob)

    @request
    def download(self, container: str, blob: str, path: Path, moved: Callable[[int], None]) -> None:
        data = self._of(container).get(blob)
        if data is None:
            raise NotFound("no blob", code="BlobNotFound", status=404)
        moved(len(data))
        path.write_bytes(data)

    @request
    def write(self, container: str, blob: str, data: bytes) -> None:
        self._of(container)[blob] = data
        self.uploads.append(blob)

    @request
    def read(self, container: str, blob: str, offset: int) -> bytes:
        data = self._of(container).get(blob)
        if data is None:
            raise NotFound("no blob", code="BlobNotFound", status=404)
        return data[offset:][:PIECE]

    @request
    def delete_blob(self, container: str, blob: str) -> None:
        if self._of(container).pop(blob, None) is None:
            raise NotFound("no blob", code="BlobNotFound", status=404)

    def signed_url(self, container: str, blob: str | None, permissions: str, expiry: datetime) -> str:
        return f"{self.url}/{container}/{blob or ''}?sp={permissions}&se={expiry:%Y-%m-%d}"

    def _of(self, container: str) -> dict[str, bytes]:
        if container not in self.containers:
            raise NotFound("no container", code="ContainerNotFound", status=404)
        return self.containers[container]
