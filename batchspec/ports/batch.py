"""The Azure Batch service, as far as we use it: pools, jobs, schedules, tasks and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from batchspec.ports.values import AddResult, Counts, JobView, NodeView, PoolView, PrepView, ScheduleView, TaskView

PIECE = 1024 * 1024  # bytes of a file that one call reads


class Body(Protocol):
    """A request body: one of the SDK's parameter objects."""

    def serialize(self) -> dict[str, Any]:
        """The JSON of the request."""
        ...


class Pools(Protocol):
    """Pools and their nodes. Every method that names a pool raises NotFound without it."""

    def get_pool(self, pool_id: str) -> PoolView:
        """The pool with all that the service tells of it."""
        ...

    def list_pools(self) -> Iterator[PoolView]:
        """All pools of the account."""
        ...

    def add_pool(self, pool: Body) -> None:
        """Raises Conflict when it exists."""
        ...

    def patch_pool(self, pool_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        """Set the members of a JSON object; others stay. Raises PreconditionFailed when the ETag has moved."""
        ...

    def replace_pool_properties(self, pool_id: str, properties: Mapping[str, Any]) -> None:
        """Set start task, packages and metadata to those of a JSON object; what it leaves out is taken away."""
        ...

    def delete_pool(self, pool_id: str, etag: str | None = None) -> None:
        """Deletion goes on after this returns. Raises PreconditionFailed when the ETag has moved, Conflict."""
        ...

    def resize_pool(self, pool_id: str, dedicated: int, spot: int, timeout: timedelta | None = None) -> None:
        """Ask for so many nodes; what runs on those that leave is queued again. It goes on after this returns.

        timeout: how long it may take; None: as long as the service says by itself.

        Raises Conflict while the pool is being resized, and when a formula gives its size.
        """
        ...

    def stop_resize(self, pool_id: str) -> None:
        """Leave the pool at the size that it has. Raises Conflict when it is not being resized."""
        ...

    def enable_autoscale(self, pool_id: str, formula: str, interval: timedelta | None = None) -> None:
        """Let a formula give the pool's size, from now on; it is evaluated at once.

        Raises Refused for a formula that is none, Conflict while the pool is being resized.
        """
        ...

    def disable_autoscale(self, pool_id: str) -> None:
        """The pool keeps the size that it has."""
        ...

    def list_nodes(self, pool_id: str) -> list[NodeView]:
        """The pool's nodes."""
        ...

    def reboot_node(self, pool_id: str, node_id: str) -> None:
        """Restart a node, which runs the pool's start task anew; what runs on it is queued again.

        Raises NotFound, and Conflict in a state in which the service does not restart it.
        """
        ...


class Jobs(Protocol):
    """Jobs. Every method that names a job raises NotFound without it."""

    def get_job(self, job_id: str) -> JobView:
        """The job with all that the service tells of it."""
        ...

    def find_jobs(self, prefix: str = "", *, live: bool = False) -> Iterator[JobView]:
        """The jobs whose ids begin with a text, in these letters. live: only those that have not completed."""
        ...

    def list_jobs(self, pool_id: str) -> list[str]:
        """The ids of the jobs that may still run something on the pool: not completed, not being deleted."""
        ...

    def add_job(self, job: Body) -> None:
        """Raises Conflict when it exists."""
        ...

    def patch_job(self, job_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        """Set the members of a JSON object; others stay. Raises PreconditionFailed, Conflict."""
        ...

    def arm_job(self, job_id: str) -> None:
        """Let the job complete once all of its tasks have. It cannot be undone."""
        ...

    def disable_job(self, job_id: str, running: str) -> None:
        """Start no more of its tasks. running: what becomes of those that run: requeue, terminate or wait."""
        ...

    def enable_job(self, job_id: str) -> None:
        """Go on with a job that was disabled. Raises Conflict."""
        ...

    def terminate_job(self, job_id: str, reason: str) -> None:
        """Raises Conflict when it has completed."""
        ...

    def delete_job(self, job_id: str, etag: str | None = None) -> None:
        """As delete_pool does."""
        ...

    def list_preparations(self, job_id: str) -> list[PrepView]:
        """The job preparation task on each node where it ran."""
        ...


class Schedules(Protocol):
    """Job schedules. Every method that names one raises NotFound without it."""

    def get_schedule(self, schedule_id: str) -> ScheduleView:
        """The schedule with all that the service tells of it."""
        ...

    def list_schedules(self) -> Iterator[ScheduleView]:
        """All job schedules of the account."""
        ...

    def schedule_jobs(self, schedule_id: str) -> Iterator[JobView]:
        """The jobs that the schedule has made."""
        ...

    def add_schedule(self, schedule: Body) -> None:
        """Raises Conflict when it exists."""
        ...

    def patch_schedule(self, schedule_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        """Set the members of a JSON object; others stay, and a job that runs stays as it is."""
        ...

    def disable_schedule(self, schedule_id: str) -> None:
        """Make no more jobs for now."""
        ...

    def enable_schedule(self, schedule_id: str) -> None:
        """Make jobs again."""
        ...

    def terminate_schedule(self, schedule_id: str) -> None:
        """Make no more jobs, ever, and end the one that runs."""
        ...

    def delete_schedule(self, schedule_id: str, etag: str | None = None) -> None:
        """With all of its jobs, as delete_pool does."""
        ...


class Tasks(Protocol):
    """The tasks of a job. Every method raises NotFound without the job, or the task that it names."""

    def add_tasks(self, job_id: str, tasks: Iterable[Body]) -> list[AddResult]:
        """Add at most 100 tasks in one request; one result a task, in any order. Raises TooLarge."""
        ...

    def count_tasks(self, job_id: str) -> Counts:
        """One small request, whatever the job's size."""
        ...

    def list_tasks(self, job_id: str, since: datetime | None = None, *, started: bool = False) -> Iterator[TaskView]:
        """All tasks, or those that changed state at `since` or later; `started` leaves out active ones."""
        ...

    def task_states(self, job_id: str) -> dict[str, str]:
        """The state of every task by its id: the least that a look at all of them can ask for."""
        ...

    def task_bodies(self, job_id: str) -> Iterator[Mapping[str, Any]]:
        """All tasks with all that the service tells of them: its JSON."""
        ...

    def get_task(self, job_id: str, task_id: str) -> TaskView:
        """One task's state."""
        ...

    def update_task(self, job_id: str, task_id: str, constraints: Mapping[str, Any]) -> None:
        """Set a task's constraints, a JSON object; nothing else of a task can be changed."""
        ...

    def terminate_task(self, job_id: str, task_id: str) -> None:
        """End it, as a failure. Raises Conflict when it has completed."""
        ...

    def reactivate_task(self, job_id: str, task_id: str) -> None:
        """Run a task that failed once more. Raises Conflict when it succeeded, or its job has ended."""
        ...

    def delete_task(self, job_id: str, task_id: str) -> None:
        """End it if it runs, and forget it."""
        ...


class Files(Protocol):
    """Files on the nodes."""

    def read_task_file(self, job_id: str, task_id: str, path: str, offset: int) -> bytes:
        """What the file holds from `offset` on, a PIECE of it: less is all that there is.

        A negative offset counts from the end, as in a slice. Raises NotFound, and Conflict when the node
        that holds it is gone.
        """
        ...

    def task_file_size(self, job_id: str, task_id: str, path: str) -> int:
        """How many bytes the file holds now. Raises as read_task_file does."""
        ...

    def read_node_file(self, pool_id: str, node_id: str, path: str, offset: int) -> bytes:
        """As read_task_file; the path starts at the node's root: startup/stderr.txt."""
        ...


class BatchPort(Pools, Jobs, Schedules, Tasks, Files, Protocol):
    """The Azure Batch service, as far as we use it. Safe to use from several threads."""

    @property
    def url(self) -> str:
        """The account's URL, for messages."""
        ...
