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
    """What there is. A pool or a job of the program's id that is not ours is told as `foreign`."""

    pool_id: str
    job_id: str
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
    pool_id, job_id = str(program.pool.body.id), str(program.job.body.id)
    pool = _or_none(retry, lambda: batch.get_pool(pool_id))
    job = _or_none(retry, lambda: batch.get_job(job_id))
    foreign = tuple(
        kind for kind, view in (("pool", pool), ("job", job)) if view is not None and not ours(program, view.metadata)
    )
    nodes = _or_none(retry, lambda: batch.list_nodes(pool_id)) if pool else None
    states = None if nodes is None else dict(sorted(Counter(node.state for node in nodes).items()))
    if job is None:
        return Status(pool_id, job_id, pool, states, foreign=foreign)
    tracker = Tracker()
    for view in quietly(retry.ask("list tasks", lambda: list(batch.list_tasks(job_id)))):
        tracker.update(view)
    counts = quietly(retry.ask("count tasks", lambda: batch.count_tasks(job_id)))
    blocked: frozenset[str] = frozenset()
    if tracker.failed:
        blocked = Dependents(program.tasks).blocked(tracker.failed.values())
    rows, omitted = tracker.rows([made.body.id for made in program.tasks], blocked)
    return Status(pool_id, job_id, pool, states, job, counts, len(blocked), rows, omitted, foreign)


def _or_none(retry: Retry, request: Callable[[], T]) -> T | None:
    try:
        return quietly(retry.ask("look", request))
    except NotFound:
        return None
