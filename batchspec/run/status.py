"""Where a program's work stands, without changing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from batchspec.errors import NotFound
from batchspec.ports import Counts, JobView, PoolView
from batchspec.run.blocked import Dependents
from batchspec.run.context import ours
from batchspec.run.members import task_ids
from batchspec.run.report import TaskRow
from batchspec.run.retry import Retry, quietly, retrying
from batchspec.run.tracker import Tracker

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, Clock

T = TypeVar("T")

_NONE = Counts()


@dataclass(frozen=True)
class Status:
    """What there is. A pool or a job of the program's id that is not ours is told as `foreign`.

    pool_id: of the pool that the work runs on, None when the service makes one and has not told which; job_id: None
    when the spec has no job.
    """

    pool_id: str | None
    job_id: str | None
    pool: PoolView | None = None
    nodes: Mapping[str, int] | None = None  # how many are in each state
    job: JobView | None = None
    counts: Counts = _NONE
    blocked: int = 0
    tasks: tuple[TaskRow, ...] = ()
    omitted: int = 0
    foreign: tuple[str, ...] = ()


def status(program: Program, batch: BatchPort, clock: Clock) -> Status:
    """Look at the program's pool, job and tasks. Raises ServiceError."""
    retry = retrying(clock)
    job_id = program.job_id
    job = None if job_id is None else _or_none(retry, lambda: batch.get_job(job_id))
    pool_id = program.pool_id or (job.pool_id if job is not None else "") or None
    pool = None if pool_id is None else _or_none(retry, lambda: batch.get_pool(pool_id))
    foreign = tuple(
        kind for kind, view in (("pool", pool), ("job", job)) if view is not None and not ours(program, view.metadata)
    )
    nodes = None if pool is None or pool_id is None else _or_none(retry, lambda: batch.list_nodes(pool_id))
    states = None if nodes is None else dict(sorted(Counter(node.state for node in nodes).items()))
    if job is None or job_id is None:
        return Status(pool_id, job_id, pool, states, foreign=foreign)
    tracker = Tracker()
    for view in quietly(retry.ask("list tasks", lambda: list(batch.list_tasks(job_id)))):
        tracker.update(view)
    counts = quietly(retry.ask("count tasks", lambda: batch.count_tasks(job_id)))
    blocked: frozenset[str] = frozenset()
    if tracker.failed:
        blocked = Dependents(program.tasks).blocked(tracker.failed.values())
    rows, omitted = tracker.rows(task_ids(program, tracker.seen), blocked)
    return Status(pool_id, job_id, pool, states, job, counts, len(blocked), rows, omitted, foreign)


def _or_none(retry: Retry, request: Callable[[], T]) -> T | None:
    try:
        return quietly(retry.ask("look", request))
    except NotFound:
        return None
