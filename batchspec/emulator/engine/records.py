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
    "rebooting", "reimaging", "unusable", "unknown", "preempted", "leavingpool",
]  # fmt: skip
JobState = Literal["active", "disabling", "disabled", "enabling", "terminating", "completed", "deleting"]
ScheduleState = Literal["active", "disabled", "completed", "terminating", "deleting"]
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


@dataclass(frozen=True, slots=True)
class ScaleRun:
    """One evaluation of a pool's autoscale formula."""

    time: float
    results: str
    error: Failure | None = None


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
    resize_errors: tuple[Failure, ...] = ()
    """What kept the last resize from its targets."""
    arriving: float | None = None
    """When the nodes come that a resize is waiting for."""
    scale_run: ScaleRun | None = None
    scale_next: float | None = None
    """When its autoscale formula is evaluated next; None without autoscale."""
    scale_enabled: float | None = None
    """When autoscale was last asked for by a request of its own."""

    @property
    def scales(self) -> bool:
        """Whether a formula gives its size."""
        return bool(self.body.get("enableAutoScale"))

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
    mend_at: float | None = None
    """When it comes back after a failure that was asked for."""
    tasks: dict[Task, None] = field(default_factory=dict, repr=False)
    total_run: int = 0
    total_succeeded: int = 0
    recent: list[Task] = field(default_factory=list, repr=False)
    leaving: bool = False

    @property
    def reachable(self) -> bool:
        """Whether its files can be read."""
        return self.state not in ("unknown", "preempted")

    @property
    def running_slots(self) -> int:
        return sum(task.slots for task in self.tasks)


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
    manager: Task | None = field(default=None, repr=False)
    """The job manager task, also while and after it is deleted."""

    @property
    def tasks(self) -> Iterable[Task]:
        """In order of addition; sized by `len(job.by_key)`."""
        return self.by_key.values()

    @property
    def uses_dependencies(self) -> bool:
        return bool(self.body.get("usesTaskDependencies"))

    @property
    def schedule_id(self) -> str | None:
        """The schedule that made it: such a job is called `<schedule>:job-<n>`, and no other id holds a colon."""
        schedule, colon, _ = self.id.partition(":")
        return schedule if colon else None

    @property
    def root(self) -> str:
        """Its directory below a node's root, with forward slashes."""
        name, _, run = self.id.partition(":")
        return f"workitems/{name}/{run or 'job-1'}"


@dataclass(eq=False, slots=True)
class Schedule:
    """A job schedule. `due` is the time of the recurrence whose job may still be made, `next_run` that of the one
    after it."""

    number: int
    id: str
    body: Body
    created: float
    modified: float
    version: int
    state: ScheduleState = "active"
    state_time: float = 0.0
    previous_state: ScheduleState | None = None
    previous_state_time: float | None = None
    end_time: float | None = None
    made: int = 0
    """Jobs so far; the last one is job-`made`."""
    due: float | None = None
    next_run: float | None = None
    start: float = 0.0
    until: float | None = None
    interval: float | None = None
    window: float | None = None
    jobs: dict[str, Job] = field(default_factory=dict, repr=False)

    @property
    def recent_job_id(self) -> str | None:
        return f"{self.id}:job-{self.made}" if self.made else None


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
        return f"{self.job.root}/{self.id}"


def key(id_: str) -> str:
    """Ids keep their case and are compared without it."""
    return id_.lower()


def first_version(now: float) -> int:
    """The `version` of a record that is made now."""
    return int(now * 1e6)
