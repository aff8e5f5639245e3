"""What autoscale formulas look at: numbers of every pool, taken every 30 seconds of the engine's clock.

They are kept in memory, a day of them. After a restart of the engine there are none until new ones are taken, as in the
first minutes of a pool: a formula says with `GetSamplePercent` what holds then. When the clock has jumped, the
times between get the numbers of its end, for nothing has happened between.

The service takes a sample every 30 seconds: https://learn.microsoft.com/azure/batch/batch-automatic-scaling#methods
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from batchspec.autoscale import VARIABLES, Sample
from batchspec.emulator.engine.records import key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from batchspec.emulator.engine.board import Board
    from batchspec.emulator.engine.records import JobState, Pool

PERIOD: Final = 30.0
KEPT: Final = 2_880
"""Samples of a pool: a day of them."""

_ENDED: Final[tuple[JobState, ...]] = ("terminating", "completed", "deleting")


class Tasks(NamedTuple):
    """Tasks of a pool's jobs. Tasks that a terminated job left in its queue will never run, and are not counted."""

    active: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0


class Row(NamedTuple):
    """The numbers of a pool at one time."""

    time: float
    tasks: Tasks
    dedicated: int
    spot: int
    preempted: int
    usable: int


TAKEN: Final[Mapping[str, Callable[[Row], int]]] = MappingProxyType(
    {
        "$ActiveTasks": lambda row: row.tasks.active,
        "$RunningTasks": lambda row: row.tasks.running,
        "$PendingTasks": lambda row: row.tasks.active + row.tasks.running,
        "$SucceededTasks": lambda row: row.tasks.succeeded,
        "$FailedTasks": lambda row: row.tasks.failed,
        "$CurrentDedicatedNodes": lambda row: row.dedicated,
        "$CurrentLowPriorityNodes": lambda row: row.spot,
        "$PreemptedNodeCount": lambda row: row.preempted,
        "$UsableNodeCount": lambda row: row.usable,
    }
)
"""The metrics that are taken. The use of processors ($CPUPercent) is not: nodes of one machine share them."""


@dataclass(eq=False, slots=True)
class Sampler:
    """The samples of all pools; `due` is when the next ones are taken, None while there are no pools."""

    due: float | None = None
    rows: dict[Pool, deque[Row]] = field(default_factory=dict)

    def watch(self, board: Board, pool: Pool) -> None:
        """Take samples of this pool from now on, until it is forgotten."""
        self.rows[pool] = deque(maxlen=KEPT)
        if self.due is None:
            self.due = board.now + PERIOD
            board.at(self.due, self)

    def forget(self, pool: Pool) -> None:
        self.rows.pop(pool, None)

    def take(self, board: Board) -> None:
        """It is time; or it was, several times over."""
        if self.due is None or board.now < self.due:
            return
        if not self.rows:
            self.due = None
            return
        missed = int((board.now - self.due) // PERIOD)
        times = [self.due + PERIOD * n for n in range(max(0, missed + 1 - KEPT), missed + 1)]
        tasks = _tasks(board)
        for pool, rows in self.rows.items():
            row = _row(pool, tasks.get(key(pool.id), Tasks()))
            rows.extend(row._replace(time=time) for time in times)
        self.due += PERIOD * (missed + 1)
        board.at(self.due, self)

    def of(self, pool: Pool, formula: str) -> dict[str, list[Sample]]:
        """The samples of the metrics that a formula names."""
        rows = self.rows.get(pool, ())
        # an older name of a metric begins its name
        names = [name for name in TAKEN if any(one in formula for one in _ALIASES[name])]
        return {name: [Sample(utc(row.time), float(TAKEN[name](row))) for row in rows] for name in names}


_ALIASES: Final = {
    name: [other.name for other in VARIABLES.values() if name in (other.name, other.alias_of)] for name in TAKEN
}


def utc(seconds: float) -> datetime:
    """A time of the engine as formulas see it."""
    return datetime.fromtimestamp(seconds, timezone.utc)


def _row(pool: Pool, tasks: Tasks) -> Row:
    states = [node.state for node in pool.nodes.values()]
    usable = states.count("idle") + states.count("running")
    return Row(0.0, tasks, pool.current_dedicated, pool.current_spot, states.count("preempted"), usable)


def _tasks(board: Board) -> dict[str, Tasks]:
    """Of all pools, by key: one look at each job."""
    found: dict[str, Tasks] = {}
    for job in board.jobs.values():
        pool = key(job.pool_id)
        before, counts = found.get(pool, Tasks()), job.counts
        ready = 0 if job.state in _ENDED else counts.active - board.agendas[job].held
        found[pool] = Tasks(
            before.active + ready,
            before.running + counts.running,
            before.succeeded + counts.succeeded,
            before.failed + counts.failed,
        )
    return found
