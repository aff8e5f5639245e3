"""The plain values that cross the ports, and the metadata that marks what is ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

# The metadata that marks what is ours: here, where the SDK need not be loaded to read it.
OWNER_KEY = "batchspec:spec"  # the spec's name
FINGERPRINT_KEY = "batchspec:fingerprint"  # what was asked for, as a hash for each field: see batchspec.compiler.record
TASKS_KEY = "batchspec:tasks"  # the content hash of a job's tasks
RUN_KEY = "batchspec:run"  # the job id that the spec says; of a rerun it is not the job's own
VERSION_KEY = "batchspec:version"
CONTAINER_KEY = "batchspec:container"  # where a job's inputs, outputs and logs are stored
STAYS_KEY = "batchspec:stays"  # "active" of a job that shall not end with its tasks
REMOVED_KEY = "batchspec:removed"  # ids of tasks that were deleted from a job, with spaces between
SECRETS_KEY = "batchspec:secrets"  # which keys have a value of the caller's environment: see batchspec.compiler.hidden
DRAINED_KEY = "batchspec:drained"  # the pool for whose replacement we have disabled the job
ASKED = frozenset(  # what a spec gives to what it makes
    {OWNER_KEY, FINGERPRINT_KEY, TASKS_KEY, RUN_KEY, VERSION_KEY, CONTAINER_KEY, STAYS_KEY, SECRETS_KEY}
)
NOTED = frozenset({REMOVED_KEY, DRAINED_KEY})  # what an apply writes down of what is there
MARKS = ASKED | NOTED


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
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)  # the service's JSON


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
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)  # the service's JSON


@dataclass(frozen=True)
class ScheduleView:
    """A live job schedule. state: active, disabled, completed, terminating, deleting."""

    id: str
    state: str
    etag: str
    metadata: Mapping[str, str]
    next_run: datetime | None = None
    recent_job: str | None = None  # the id of the job that it made last
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)  # the service's JSON


@dataclass(frozen=True, slots=True)
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


class AddResult(NamedTuple):  # and no dataclass: there may be a million, and these are made in a third of the time
    """The service's answer for one task of a collection."""

    task_id: str
    status: str  # success, clienterror, servererror
    fault: Fault | None = None


@dataclass(frozen=True)
class BlobView:
    """A stored blob; size in bytes. modified: when it was written, where the storage tells."""

    name: str
    size: int
    modified: datetime | None = None
