"""What happens in a run, as values: all that a view needs, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from batchspec.planning.change import Plan
from batchspec.ports import Counts, TaskView
from batchspec.run.report import Finding, Report


@dataclass(frozen=True)
class Uploading:
    """Input files on their way: so many of so many, and bytes; `skipped` were there already."""

    done: int
    total: int
    bytes_done: int
    bytes_total: int
    skipped: int


@dataclass(frozen=True)
class Planned:
    """What is going to be done."""

    plan: Plan


@dataclass(frozen=True)
class Updated:
    """Something was changed in place, and in what. kind: pool, job, job schedule, task."""

    kind: str
    name: str
    what: str


@dataclass(frozen=True)
class Draining:
    """A job starts no more tasks: its pool is replaced, or it moves to another; so many of its tasks run still.

    to: the pool that it moves to, "" for one of its own; None where one is made anew under the same id.
    """

    job_id: str
    running: int
    pool_id: str
    to: str | None = None


@dataclass(frozen=True)
class PoolReady:
    """The pool is there: created now, or reused."""

    pool_id: str
    created: bool


@dataclass(frozen=True)
class PoolResizing:
    """The pool is asked to have so many nodes, as soon as it takes another size."""

    pool_id: str
    target_nodes: int


@dataclass(frozen=True)
class PoolMoved:
    """The pool's size or its nodes' states changed. nodes: how many are in each state."""

    pool_id: str
    allocation: str
    target_nodes: int
    current_nodes: int
    nodes: Mapping[str, int]


@dataclass(frozen=True)
class JobReady:
    """The job is there: created now, taken up where it was left, or completed before we came."""

    job_id: str
    how: str  # created, resumed, completed


@dataclass(frozen=True)
class ScheduleReady:
    """The job schedule is there, and makes its next job at `next_run`, unless it is disabled or over (see `state`).

    how: created, updated, renewed (its links would have ended soon), unchanged. recent_job: the id of its last one.
    """

    schedule_id: str
    how: str
    state: str
    next_run: datetime | None
    recent_job: str | None


@dataclass(frozen=True)
class TasksAdded:
    """So many of the job's tasks are known to the service."""

    done: int
    total: int


@dataclass(frozen=True)
class Armed:
    """The job holds all of its tasks, and completes once they have."""

    job_id: str


@dataclass(frozen=True)
class TaskMoved:
    """A task changed its state."""

    task: TaskView


@dataclass(frozen=True)
class TaskRetried:
    """A task failed and is tried again; its exit code is that of the try before, if it has not completed."""

    task: TaskView


@dataclass(frozen=True)
class CountsMoved:
    """How many tasks are in each state, whenever that changes."""

    counts: Counts


@dataclass(frozen=True)
class Output:
    """What a task printed: whole lines, but for the last of a stream. stream: stdout or stderr."""

    task_id: str
    stream: str
    text: str


@dataclass(frozen=True)
class Unfollowed:
    """What the tasks print is not shown, as they are more than so many."""

    tasks: int
    most: int


@dataclass(frozen=True)
class NothingPrinted:
    """Tasks of which there is no output to show, and why. task_ids: the first of them; count: how many they are."""

    task_ids: tuple[str, ...]
    count: int
    reason: str


@dataclass(frozen=True)
class FromStorage:
    """The job is gone; what follows is what storage has kept of it."""

    job_id: str


@dataclass(frozen=True)
class Found:
    """A finding of the run; the report has it again."""

    finding: Finding


@dataclass(frozen=True)
class JobTerminated:
    """We ended the job, and why: one that can never complete would hold its quota for ever."""

    job_id: str
    reason: str


@dataclass(frozen=True)
class Downloading:
    """Outputs on their way home: so many of so many, and bytes."""

    done: int
    total: int
    bytes_done: int
    bytes_total: int


@dataclass(frozen=True)
class Downloaded:
    """An output that came home; size in bytes."""

    path: Path
    size: int


@dataclass(frozen=True)
class Waiting:
    """The service did not do as asked; we ask again after so many seconds."""

    what: str
    seconds: float
    reason: str


@dataclass(frozen=True)
class Removing:
    """The service was asked to delete; it takes its time. kind: job schedule, job, pool."""

    kind: str
    name: str


@dataclass(frozen=True)
class Removed:
    """It is gone. count: how many blobs, or jobs of a schedule; 1 for a job or a pool, 0 when there was nothing."""

    kind: str
    name: str
    count: int = 1


@dataclass(frozen=True)
class Kept:
    """What is left as it is, and why. kind: job, pool, blobs."""

    kind: str
    name: str
    reason: str


@dataclass(frozen=True)
class Cancelled:
    """What was asked to end has been told to. kind: job, job schedule; running, waiting: what its tasks were doing.

    task_ids: the tasks that were ended, () for all; blocked: those that waited for them, and can never run now.
    """

    kind: str
    name: str
    running: int
    waiting: int
    task_ids: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reactivated:
    """Tasks that had failed wait to run again."""

    job_id: str
    task_ids: tuple[str, ...]


@dataclass(frozen=True)
class Finished:
    """The end, and the verdict."""

    report: Report


Event: TypeAlias = (
    Uploading
    | Planned
    | Updated
    | Draining
    | PoolReady
    | PoolResizing
    | PoolMoved
    | JobReady
    | ScheduleReady
    | TasksAdded
    | Armed
    | TaskMoved
    | TaskRetried
    | CountsMoved
    | Output
    | Unfollowed
    | NothingPrinted
    | FromStorage
    | Found
    | JobTerminated
    | Downloading
    | Downloaded
    | Waiting
    | Removing
    | Removed
    | Kept
    | Cancelled
    | Reactivated
    | Finished
)
