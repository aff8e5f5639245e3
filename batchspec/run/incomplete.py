"""A job that does not hold all of its tasks yet, or was not let end with them: an apply is at it, or was cut short."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from batchspec.compiler.members import ends_by_itself
from batchspec.ports import Counts, JobView
from batchspec.run.context import Run
from batchspec.run.events import Event

GRACE = 60.0  # seconds in which an apply that is at it adds some of the tasks that are missing


def is_incomplete(run: Run, view: JobView) -> bool:
    """Whether an apply has still to add tasks, or to let the job end with them."""
    return view.state == "active" and not view.armed and ends_by_itself(run.program)


_NONE = Counts()


@dataclass
class Completing:
    """What was seen of an incomplete job. counts: of its tasks; since: when they became so, in seconds of the clock."""

    counts: Counts = _NONE
    since: float | None = None

    def abandoned(self, run: Run) -> Generator[Event, None, bool]:
        """Look again: whether no task came and none ran for so long that nobody can be at it."""
        counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(run.job_id))
        now = run.clock.monotonic()
        if self.since is None or counts != self.counts:
            self.counts, self.since = counts, now
        return not counts.running and now - self.since >= GRACE
