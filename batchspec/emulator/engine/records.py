"""What the engine knows of pools, nodes, jobs and tasks: mutable records that only the scheduler changes.

Times are UNIX seconds, states are the wire's own words. A record's `version` starts at its creation time in
microseconds and grows by one with every change, so an ETag made of it never returns, not even when an id is
deleted and used again. Bodies are the wire JSON as submitted; those of tasks stay in the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Body = dict[str, Any]
PoolState = Literal["active", "deleting"]
AllocationState = Literal["steady", "resizing", "stopping"]
NodeState = Literal[
    "creating", "starting", "waitingforstarttask", "starttaskfailed", "idle", "running",
    "rebooting", "reimaging", "unusable", "leavingpool",
]  # fmt: skip
JobState = Literal["active", "disabling", "disabled", "enabling", "terminating", "completed", "deleting"]
TaskState = Literal["active", "preparing", "running", "completed"]
Result = Literal["success", "failure"]
JobAction = Literal["none", "disable", "terminate"]

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A TaskFailureInformation: why a task failed, in the service's codes."""

    category: Literal["UserError", "ServerError"]
    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExitOptions:
    """What one way to end does to the job and to the dependents; None leaves the service's default."""

    job_action: JobAction | None = None
    satisfies: bool | None = None


@dataclass(frozen=True, slots=True)
class ExitConditions:
    ranges: tuple[tuple[int, int, ExitOptions], ...] = ()
    pre_processing: ExitOptions | None = None
    upload: ExitOptions | None = None
    default: ExitOptions | None = None


@dataclass(eq=False, slots=True)
class Execution:
    """One run of a start, job preparation or job release task on a node, with its retries."""

    start_time: float
    state: Literal["running", "completed"] = "running"
    end_time: float | None = None
    exit_code: int | None = None
    failure: Failure | None = None
    retry_count: int = 0
    last_retry_time: float | None = None
    result: Result | None = None


@dataclass(eq=False, slots=True)
class Counts:
    """Tasks of a job by state (or their slots); `running` includes those that are preparing."""

    active: int = 0
    running: int = 0
    completed: int = 0
    succeeded: int = 0
    failed: int = 0


@dataclass(eq=False, slots=True)
class Pool:
    number: int
    id: str
    body: Body
    created: float
    modified: float
    version: int
    slots: int = 1
    pack: bool = False
    state: PoolState = "active"
    state_time: float = 0.0
    allocation: AllocationState = "steady"
    allocation_time: float = 0.0
    target_dedicated: int = 0
    target_spot: int = 0
    node_counter: int = 0
    nodes: dict[str, Node] = field(default_factory=dict)

    @property
    def current_dedicated(self) -> int:
        return sum(node.dedicated for node in self.nodes.values())

    @property
    def current_spot(self) -> int:
        return len(self.nodes) - self.current_dedicated


@dataclass(eq=False, slots=True)
class Node:
    id: str
    pool: Pool = field(repr=False)
    dedicated: bool
    number: int
    created: float
    boot_time: float
    state: NodeState = "creating"
    state_time: float = 0.0
    free: int = 1
    start_task: Execution | None = None
    errors: tuple[Failure, ...] = ()
    """Why it is unusable."""
    tasks: dict[Task, None] = field(default_factory=dict, repr=False)
    total_run: int = 0
    total_succeeded: int = 0
    recent: list[Task] = field(default_factory=list, repr=False)
    leaving: bool = False

    @property
    def running_slots(self) -> int:
        return self.pool.slots - self.free


@dataclass(eq=False, slots=True)
class Job:
    number: int
    id: str
    body: Body
    pool_id: str
    created: float
    modified: float
    version: int
    priority: int = 0
    max_parallel: int = -1
    max_retries: int = 0
    wall_clock: float | None = None
    ends_when_complete: bool = False
    acts_on_failure: bool = False
    state: JobState = "active"
    state_time: float = 0.0
    previous_state: JobState | None = None
    previous_state_time: float | None = None
    end_time: float | None = None
    terminate_reason: str | None = None
    disable_tasks: Literal["requeue", "terminate", "wait"] | None = None
    by_key: dict[str, Task] = field(default_factory=dict, repr=False)
    moved: dict[Task, None] = field(default_factory=dict, repr=False)
    counts: Counts = field(default_factory=Counts)
    slot_counts: Counts = field(default_factory=Counts)
    preparations: dict[str, Execution] = field(default_factory=dict)
    """The job preparation task by node id."""
    releases: dict[str, Execution] = field(default_factory=dict)
    """The job release task by node id."""

    @property
    def tasks(self) -> Iterable[Task]:
        """In order of addition; sized by `len(job.by_key)`."""
        return self.by_key.values()

    @property
    def uses_dependencies(self) -> bool:
        return bool(self.body.get("usesTaskDependencies"))


@dataclass(eq=False, slots=True)
class Task:
    number: int
    """Unique in the account, growing in order of addition."""
    id: str
    job: Job = field(repr=False)
    created: float
    version: int
    slots: int = 1
    state: TaskState = "active"
    state_time: float = 0.0
    previous_state: TaskState | None = None
    previous_state_time: float | None = None
    start_time: float | None = None
    end_time: float | None = None
    exit_code: int | None = None
    failure: Failure | None = None
    result: Result | None = None
    retry_count: int = 0
    last_retry_time: float | None = None
    requeue_count: int = 0
    last_requeue_time: float | None = None
    pool_id: str | None = None
    node_id: str | None = None
    """With pool_id: where it runs or ran last (nodeInfo); None before its first run."""
    modified: float = 0.0
    """Last change of the task itself; state changes do not count, as for the service."""
    max_retries: int = 0
    wall_clock: float | None = None
    retention: float = 7 * DAY
    exit_conditions: ExitConditions | None = None
    satisfied: bool = False
    """Completed in a way that lets its dependents go on."""
    waiting: int = 0
    """Dependencies not yet satisfied; it can be scheduled at 0."""

    @property
    def root(self) -> str:
        """taskRootDirectory: its directory below the node's root, with forward slashes."""
        return f"workitems/{self.job.id}/job-1/{self.id}"


def key(id_: str) -> str:
    """Ids keep their case and are compared without it."""
    return id_.lower()
