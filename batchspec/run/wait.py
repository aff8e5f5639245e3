"""Wait for work that is under way, without following what it prints, and end with the truth about it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from batchspec.compiler.members import is_empty
from batchspec.errors import NotFound, OutOfTime, UsageError
from batchspec.planning.owner import ours
from batchspec.ports import JobView
from batchspec.run.context import Options, Run, need_job, need_whole
from batchspec.run.events import Event, Found
from batchspec.run.incomplete import Completing, is_incomplete
from batchspec.run.moments import lasted
from batchspec.run.report import Report, Verdict
from batchspec.run.reported import reported
from batchspec.run.watch import watch
from batchspec.run.why.job import incomplete_job
from batchspec.run.within import within

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

_PAUSE = 2.0


def wait(
    program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock, timeout: float | None = None
) -> Generator[Event, None, None]:
    """Wait until the job's tasks have run, or can run no more; the last event is Finished. Results stay where they are.

    timeout: seconds, None for as long as it takes. Raises UsageError for a job that is not there, is not ours, or has
    no tasks to wait for, and ServiceError.
    """
    need_job(program)
    need_whole(program)
    run = Run.of(program, batch, blobs, within(clock, timeout), Options(follow=False))
    yield from reported(run, _steps(run))


def _steps(run: Run) -> Generator[Event, None, Report]:
    job = yield from _job(run)
    if is_empty(run.program):
        raise UsageError(f'the job "{run.job_id}" has no tasks to wait for: it stays active until somebody ends it')
    if is_incomplete(run, job):
        report = yield from _until_complete(run)
        if report is not None:
            return report
    over = job.state == "completed"
    outcome = yield from watch(run, over=over, only=True)
    return replace(outcome.report(run), took=lasted(job.body) if over else None)


def _job(run: Run) -> Generator[Event, None, JobView]:
    try:
        view = yield from run.retry.ask("job", lambda: run.batch.get_job(run.job_id))
    except NotFound:
        hint = 'run it with "batchspec apply"'
        raise UsageError(f'there is no job "{run.job_id}" to wait for', hint) from None
    if not ours(run.program, view.metadata):
        raise UsageError(f'this spec did not make the job "{run.job_id}"')
    return view


def _until_complete(run: Run) -> Generator[Event, None, Report | None]:
    """Wait for the apply that is at it. The report when nobody is, or there is no more time."""
    seen = Completing()
    while True:
        view = yield from _job(run)
        if not is_incomplete(run, view):
            return None
        verdict = Verdict.BLOCKED
        if not (yield from seen.abandoned(run)):
            try:
                run.clock.sleep(_PAUSE)
                continue
            except OutOfTime:
                verdict = Verdict.TIMED_OUT
        yield Found(incomplete_job(run, seen.counts))
        return Report(verdict, run.pool_id, run.job_id, seen.counts)
