"""Where a run stands, in as few requests as tell the truth: two, unless tasks have failed and others wait."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from batchspec.compiler.members import ends_by_itself
from batchspec.planning.jobs import DONE
from batchspec.ports import Counts, JobView
from batchspec.run.blocked import Dependents
from batchspec.run.context import Run
from batchspec.run.events import Event
from batchspec.run.report import Verdict


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands.

    state: of the job, as the service has it: active, disabling, disabled, enabling, terminating, completed, deleting.
    counts: its tasks; blocked: how many of the active ones can never run, since a task that they wait for failed.
    verdict: succeeded, failed or blocked once nothing of it will move any more; None until then.
    """

    job_id: str
    state: str
    counts: Counts
    blocked: int = 0
    verdict: Verdict | None = None

    @property
    def done(self) -> bool:
        """Whether nothing of it will move any more by itself."""
        return self.verdict is not None


def standing(run: Run, view: JobView) -> Generator[Event, None, RunStatus]:
    """Look at the tasks of a job. Raises ServiceError."""
    counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(run.job_id))
    over = view.state in DONE
    blocked = 0
    if counts.completed < counts.total and (over or counts.failed):
        # The counts may lag behind the job, and do not tell what waits for what failed.
        counts, blocked = yield from _looked(run)
    return RunStatus(view.id, view.state, counts, blocked, _verdict(run, view, counts, blocked, over=over))


def _looked(run: Run) -> Generator[Event, None, tuple[Counts, int]]:
    views = yield from run.retry.ask("list tasks", lambda: list(run.batch.list_tasks(run.job_id)))
    ended = [view for view in views if view.state == "completed"]
    failed = [view for view in ended if not view.succeeded]
    running = sum(view.state in ("running", "preparing") for view in views)
    active = len(views) - running - len(ended)
    counts = Counts(active, running, len(ended), len(ended) - len(failed), len(failed))
    held = Dependents(run.program.tasks).blocked(failed) if failed and active else frozenset()
    return counts, sum(view.state == "active" and view.id in held for view in views)


def _verdict(run: Run, view: JobView, counts: Counts, blocked: int, *, over: bool) -> Verdict | None:
    settled = counts.completed + blocked >= counts.total
    if not over and not (settled and view.armed and ends_by_itself(run.program)):
        return None
    if counts.failed:
        return Verdict.FAILED
    return Verdict.SUCCEEDED if settled and counts.total else Verdict.BLOCKED
