"""The few Protocols between the engine and the world, and the plain values that cross them.

Adapters (`batchspec.service`) and the tests' fakes implement them. Every method may raise `ServiceError`;
none retries: the one retry policy is `batchspec.run.retry`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

# The metadata that marks what is ours: here, where the SDK need not be loaded to read it.
OWNER_KEY = "batchspec:spec"  # the spec's name
FINGERPRINT_KEY = "batchspec:fingerprint"  # the content hash of what was asked for, without SAS
VERSION_KEY = "batchspec:version"
MARKS = frozenset({OWNER_KEY, FINGERPRINT_KEY, VERSION_KEY})


class Body(Protocol):
    """A request body: one of the SDK's parameter objects."""

    def serialize(self) -> dict[str, Any]:
        """The JSON of the request."""
        ...


@dataclass(frozen=True)
class Fault:
    """An error that the service reports about a pool, a node or a task."""

    code: str
    message: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PoolView:
    """A live pool. state: active, deleting; allocation: steady, resizing, stopping."""

    id: str
    state: str
    allocation: str
    etag: str
    metadata: Mapping[str, str]
    target_nodes: int
    current_nodes: int
    resize_errors: tuple[Fault, ...] = ()
    autoscale: bool = False


@dataclass(frozen=True)
class NodeView:
    """A compute node. state as the service names it, in lower case: idle, running, starttaskfailed..."""

    id: str
    state: str
    start_task_exit_code: int | None = None
    start_task_fault: Fault | None = None
    errors: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class JobView:
    """A live job. state: active, disabling, disabled, enabling, terminating, completed, deleting."""

    id: str
    state: str
    etag: str
    metadata: Mapping[str, str]
    pool_id: str
    armed: bool  # on_all_tasks_complete is terminatejob
    terminate_reason: str | None = None
    fault: Fault | None = None


@dataclass(frozen=True)
class TaskView:
    """A live task. state: active, preparing, running, completed; since: when it went there (UTC)."""

    id: str
    state: str
    since: datetime
    succeeded: bool | None = None  # None while it has not completed
    exit_code: int | None = None
    fault: Fault | None = None
    started: datetime | None = None
    ended: datetime | None = None
    node_id: str | None = None
    pool_id: str | None = None
    retries: int = 0


@dataclass(frozen=True)
class PrepView:
    """The job preparation or release task on one node."""

    node_id: str
    state: str  # running, completed
    succeeded: bool | None
    exit_code: int | None = None
    fault: Fault | None = None
    root: str | None = None  # the task's directory on the node, relative to the node's root


@dataclass(frozen=True)
class Counts:
    """How many of a job's tasks are in each state; completed = succeeded + failed."""

    active: int = 0
    running: int = 0
    completed: int = 0
    succeeded: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All tasks of the job."""
        return self.active + self.running + self.completed


@dataclass(frozen=True)
class AddResult:
    """The service's answer for one task of a collection."""

    task_id: str
    status: str  # success, clienterror, servererror
    fault: Fault | None = None


@dataclass(frozen=True)
class BlobView:
    """A stored blob; size in bytes."""

    name: str
    size: int


class BatchPort(Protocol):
    """The Azure Batch service, as far as we use it. Safe to use from several threads."""

    @property
    def url(self) -> str:
        """The account's URL, for messages."""
        ...

    def get_pool(self, pool_id: str) -> PoolView:
        """Raises NotFound."""
        ...

    def add_pool(self, pool: Body) -> None:
        """Raises Conflict when it exists."""
        ...

    def delete_pool(self, pool_id: str) -> None:
        """Deletion goes on after this returns. Raises NotFound."""
        ...

    def resize_pool(self, pool_id: str, dedicated: int, spot: int) -> None:
        """Ask for so many nodes; what runs on those that leave is queued again. It goes on after this returns.

        Raises NotFound; Conflict while the pool is being resized, and when a formula gives its size.
        """
        ...

    def list_nodes(self, pool_id: str) -> list[NodeView]:
        """Raises NotFound."""
        ...

    def get_job(self, job_id: str) -> JobView:
        """Raises NotFound."""
        ...

    def list_jobs(self, pool_id: str) -> list[str]:
        """The ids of the jobs that may still run something on the pool: not completed, not being deleted."""
        ...

    def add_job(self, job: Body) -> None:
        """Raises Conflict when it exists."""
        ...

    def arm_job(self, job_id: str) -> None:
        """Let the job complete once all of its tasks have. It cannot be undone."""
        ...

    def terminate_job(self, job_id: str, reason: str) -> None:
        """Raises NotFound; Conflict when it has completed."""
        ...

    def delete_job(self, job_id: str) -> None:
        """Deletion goes on after this returns. Raises NotFound."""
        ...

    def add_tasks(self, job_id: str, tasks: Sequence[Body]) -> list[AddResult]:
        """Add at most 100 tasks in one request; one result a task, in any order. Raises TooLarge."""
        ...

    def count_tasks(self, job_id: str) -> Counts:
        """One small request, whatever the job's size."""
        ...

    def list_tasks(self, job_id: str, since: datetime | None = None, *, started: bool = False) -> Iterator[TaskView]:
        """All tasks, or those that changed state at `since` or later; `started` leaves out active ones."""
        ...

    def get_task(self, job_id: str, task_id: str) -> TaskView:
        """Raises NotFound."""
        ...

    def list_preparations(self, job_id: str) -> list[PrepView]:
        """The job preparation task on each node where it ran."""
        ...

    def read_task_file(self, job_id: str, task_id: str, path: str, offset: int) -> bytes:
        """What the file holds from `offset` on, at most 1 MiB a call, b"" at its end.

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


class BlobPort(Protocol):
    """Blob storage, as far as we use it. Safe to use from several threads."""

    @property
    def url(self) -> str:
        """The account's URL, for messages."""
        ...

    def ensure_container(self, container: str) -> None:
        """Create the container when it does not exist."""
        ...

    def list_blobs(self, container: str, prefix: str) -> Iterator[BlobView]:
        """In the order of names. Raises NotFound when there is no such container."""
        ...

    def upload(
        self, container: str, blob: str, path: Path, sha256: str, moved: Callable[[int], None], *, replace: bool = False
    ) -> None:
        """Store a file whose content has this hash, in hexadecimal; nothing else ever comes under the name.

        replace: overwrite a blob that is already there; otherwise it stays as it is. `moved` hears of every
        piece of the file, in bytes; what it raises ends the transfer. Raises UnreadableFile, and LocalFailure
        when the file holds something else by now.
        """
        ...

    def download(self, container: str, blob: str, path: Path, moved: Callable[[int], None]) -> None:
        """Write the blob to the file, whose folder exists; whole or not at all.

        `moved` hears of every piece, in bytes; what it raises ends the transfer. Raises NotFound, LocalFailure.
        """
        ...

    def delete_blob(self, container: str, blob: str) -> None:
        """Raises NotFound."""
        ...

    def signed_url(self, container: str, blob: str | None, permissions: str, expiry: datetime) -> str:
        """A URL with a shared access signature for a blob, or for the container when blob is None.

        permissions: letters of the service's SAS permissions: r(ead), w(rite), c(reate), l(ist).
        """
        ...


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> datetime:
        """The time in UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds from some start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
