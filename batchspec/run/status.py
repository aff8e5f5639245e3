"""Where a program's work stands, without changing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from batchspec.compiler.members import ends_by_itself, is_open, task_ids
from batchspec.errors import NotFound
from batchspec.planning.jobs import DONE
from batchspec.planning.owner import marks, ours
from batchspec.ports import TASKS_KEY, Counts, JobView, PoolView
from batchspec.run.absent import or_none
from batchspec.run.context import Run, need_whole
from batchspec.run.look import PAGE
from batchspec.run.report import Finding, TaskRow
from batchspec.run.retry import quietly, retrying
from batchspec.run.stall import Stall
from batchspec.run.tracker import Tracker

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

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
    over: bool = True  # nothing of it will move any more by itself
    deletes: bool = False  # on_finish deletes the job once it has ended
    absent: int = 0  # tasks of the spec that the job does not hold
    at: datetime | None = field(default=None, repr=False, compare=False)  # when we looked
    stuck: tuple[Finding, ...] = ()  # why not, where something has to be done about it; only a watch looks for that


def status(program: Program, batch: BatchPort, clock: Clock) -> Status:
    """Look at the program's pool, job and tasks. Raises ServiceError."""
    return _Look(program, batch, clock).status()


def watch_status(
    program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock, pause: float = 2.0
) -> Iterator[Status]:
    """Look again and again, every few seconds, until the job has ended or nothing of it can run any more.

    A look after the first costs what changed. Raises ServiceError, and UsageError when not all tasks are known.
    """
    need_whole(program)
    look = _Look(program, batch, clock)
    stall = Stall(Run.of(program, batch, blobs, clock))
    while True:
        found = look.status()
        if found.job is not None and not found.over and not found.counts.running:
            try:
                stuck = quietly(stall.reasons(found.job))
            except NotFound:  # the job, since: the next look will tell
                stuck = ()
            found = replace(found, stuck=stuck, over=bool(stuck))
        yield found
        if found.over:
            return
        clock.sleep(pause)


class _Look:
    """What is known of the tasks is kept from one look to the next."""

    def __init__(self, program: Program, batch: BatchPort, clock: Clock) -> None:
        self._program, self._batch = program, batch
        self._retry = retrying(clock)
        self._tracker = Tracker(program.tasks)

    def status(self) -> Status:
        """Ask for all that moved."""
        program, batch, retry = self._program, self._batch, self._retry
        job_id = program.job_id
        job = None if job_id is None else quietly(or_none(retry, "job", lambda: batch.get_job(job_id)))
        pool_id = program.pool_id or (job.pool_id if job is not None else "") or None
        pool = None if pool_id is None else quietly(or_none(retry, "pool", lambda: batch.get_pool(pool_id)))
        foreign = tuple(
            kind
            for kind, view in (("pool", pool), ("job", job))
            if view is not None and not ours(program, view.metadata)
        )
        nodes = (
            None
            if pool is None or pool_id is None
            else quietly(or_none(retry, "nodes", lambda: batch.list_nodes(pool_id)))
        )
        states = None if nodes is None else dict(sorted(Counter(node.state for node in nodes).items()))
        counts = (
            None if job is None or job_id is None else quietly(or_none(retry, "tasks", lambda: self._counts(job_id)))
        )
        if job is None or counts is None:
            return Status(pool_id, job_id, pool, states, foreign=foreign, deletes=program.finish.job == "delete")
        absent = self._absent(job, counts)
        blocked = self._tracker.blocked - absent
        rows, omitted = self._tracker.rows(task_ids(program, self._tracker.seen), absent)
        over = job.state in DONE or self._settled(counts, len(blocked))
        found = Status(
            pool_id, job_id, pool, states, job, counts, len(blocked), rows, omitted, foreign, over, absent=len(absent)
        )
        return replace(found, at=retry.clock.now())

    def _absent(self, job: JobView, counts: Counts) -> frozenset[str]:
        """The tasks that the job does not hold: an apply is at it, was refused or cut short, or the spec has more now.

        All are listed where some are missing, or others may be there: the counts do not tell which, and lag behind.
        """
        wanted, made = task_ids(self._program), self._program.job
        same = made is None or job.metadata.get(TASKS_KEY) == marks(made.body).get(TASKS_KEY)
        if same and len(wanted) > PAGE and counts.total >= len(wanted):
            return frozenset()
        asked = or_none(self._retry, "list tasks", lambda: list(self._batch.task_states(job.id)))
        listed: list[str] | None = quietly(asked)
        return frozenset(wanted).difference(listed or ())

    def _settled(self, counts: Counts, blocked: int) -> bool:
        """Whether no task of the job will run any more, as far as anybody but the service can know."""
        if not is_open(self._program):
            return self._tracker.completed + blocked >= len(self._program.tasks)
        stays = not ends_by_itself(self._program)  # one that a manager fills ends with its tasks, and then tells
        return stays and 0 < counts.total <= counts.completed + blocked

    def _counts(self, job_id: str) -> Counts:
        """The counts, and the tracker brought up to them."""
        counts = self._batch.count_tasks(job_id)
        if len(self._tracker.running) > counts.running or self._tracker.completed > counts.completed:
            # Tasks went back to the queue, which no listing of changes tells.
            self._tracker = Tracker(self._program.tasks)
        for view in self._batch.list_tasks(job_id, self._tracker.since, started=True):
            self._tracker.update(view)
        self._tracker.reconcile(counts)
        return counts
