"""What is there, as far as a plan needs it: read by `batchspec.run.look`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from batchspec.ports import Counts, JobView, PoolView, ScheduleView

if TYPE_CHECKING:
    from batchspec.planning.tasks import Tasks

_NONE = Counts()


@dataclass(frozen=True)
class Left:
    """Something live that this spec has made and no longer asks for. kind: pool, job, job schedule; nodes: it has."""

    kind: str
    id: str
    nodes: int = 0


@dataclass(frozen=True)
class Live:
    """The live state beside one program.

    named: the pool that the job names, when it is not the spec's own.
    earlier: the run before the job, which has ended, where the job is not there yet.
    counts: of the job's tasks. tasks: how they differ from the spec's; None when they were not listed.
    users: the other jobs that may run something on the pool; asked for when it would be replaced, or its work is over.
    broken: the nodes whose start task has failed; asked for while there is work for them.
    unstored: the blobs that are not in the container yet.
    left: what else there is that carries the spec's mark, as far as it costs something.
    now: when it was read. coming: ids of pools that an earlier spec of the same apply makes, in lower case.
    """

    pool: PoolView | None = None
    named: PoolView | None = None
    job: JobView | None = None
    earlier: JobView | None = None
    schedule: ScheduleView | None = None
    counts: Counts = _NONE
    tasks: Tasks | None = None
    users: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    unstored: frozenset[str] = frozenset()
    coming: frozenset[str] = frozenset()
    left: tuple[Left, ...] = ()
    now: datetime | None = None
