"""The end of a run as a value: the verdict, the tasks, what came home and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from batchspec.diag import Diagnostic
from batchspec.errors import ExitCode
from batchspec.ports import Counts, Fault, TaskView


class Verdict(str, Enum):
    """What became of the work."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"  # tasks failed, and with them those that waited for them
    BLOCKED = "blocked"  # nothing can run any more: no node, no job
    TIMED_OUT = "timed_out"  # our patience ended; the job goes on
    REFUSED = "refused"  # the service, or what is there already, does not let the spec be applied
    UNCOLLECTED = "uncollected"  # all tasks succeeded, but their outputs could not be written here
    SUBMITTED = "submitted"  # on its way; nobody waited for it
    READY = "ready"  # what the spec asks for is there, and it asks for no work


_EXIT_CODES = MappingProxyType(
    {
        Verdict.SUCCEEDED: ExitCode.OK,
        Verdict.FAILED: ExitCode.TASKS_FAILED,
        Verdict.BLOCKED: ExitCode.TASKS_FAILED,
        Verdict.TIMED_OUT: ExitCode.TIMED_OUT,
        Verdict.REFUSED: ExitCode.SERVICE,
        Verdict.UNCOLLECTED: ExitCode.SERVICE,
        Verdict.SUBMITTED: ExitCode.OK,
        Verdict.READY: ExitCode.OK,
    }
)

_NONE = Counts()


@dataclass(frozen=True)
class TaskRow:
    """A task in the report. state: active, preparing, running, completed, blocked or not_added; duration in seconds."""

    id: str
    state: str
    succeeded: bool | None = None
    exit_code: int | None = None
    duration: float | None = None
    node_id: str | None = None
    retries: int = 0
    failure: Fault | None = None
    started: datetime | None = None

    @classmethod
    def of(cls, view: TaskView) -> TaskRow:
        """The row of a live task."""
        duration = None
        if view.started and view.ended:
            duration = (view.ended - view.started).total_seconds()
        return cls(
            view.id,
            view.state,
            view.succeeded,
            view.exit_code,
            duration,
            view.node_id,
            view.retries,
            view.fault,
            view.started,
        )


@dataclass(frozen=True)
class Finding:
    """A diagnostic of the run, with the last lines of what was printed when that explains it."""

    diagnostic: Diagnostic
    excerpt: str = ""


@dataclass(frozen=True)
class Report:
    """What a run came to.

    pool_id: of the pool that the work runs on, None when the service makes one for the job; job_id: None when
    the spec has no job.
    tasks: in the order of the spec; of a huge job the first thousands, those that failed first.
    running: the ids of what was still under way, when the verdict is timed_out.
    took: the seconds that the job took, when it had ended before anybody watched; None otherwise.
    schedule_id: of the job schedule, None when the spec has none, or it is not there.
    """

    verdict: Verdict
    pool_id: str | None
    job_id: str | None
    counts: Counts = _NONE
    blocked: int = 0
    tasks: tuple[TaskRow, ...] = ()
    omitted: int = 0
    running: tuple[str, ...] = ()
    downloads: tuple[Path, ...] = ()
    findings: tuple[Finding, ...] = ()
    took: float | None = None
    schedule_id: str | None = None
    next_run: datetime | None = None  # of the schedule; None when it makes no more jobs

    @property
    def exit_code(self) -> ExitCode:
        """The truth, for scripts."""
        return _EXIT_CODES[self.verdict]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The findings without their excerpts."""
        return tuple(finding.diagnostic for finding in self.findings)
