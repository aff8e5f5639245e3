"""Make it so: upload, pool, job, tasks, watch, collect, report. Killed anywhere, the next apply goes on.

A look at the job comes first: one that has completed, or is not ours to use, needs no pool.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from batchspec.errors import LocalFailure
from batchspec.run.collect import collect
from batchspec.run.context import Options, Run, finding
from batchspec.run.events import Event, Finished, Found
from batchspec.run.pool import ready_pool
from batchspec.run.report import Finding, Report, Verdict
from batchspec.run.retry import retrying
from batchspec.run.submit import JobState, fill, ready_job, settled_job
from batchspec.run.upload import upload
from batchspec.run.watch import Outcome, watch

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

_FETCH = 'they are stored: "batchspec download SPEC --results DIR" brings them again'


def apply(
    program: Program,
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Iterator[Event]:
    """Apply a program; the last event is Finished.

    Raises what asking again does not mend: ServiceError, and LocalFailure before the tasks have run.

    Closing the iterator, or an exception in it such as KeyboardInterrupt, leaves the job to the service.
    """
    run = Run(program, batch, blobs, clock, retrying(clock), options)
    deadline = None if options.timeout is None else clock.monotonic() + options.timeout
    findings: list[Finding] = []
    report = yield from _keeping(_steps(run, deadline), findings)
    yield Finished(replace(report, findings=tuple(findings)))


def _keeping(steps: Generator[Event, None, Report], findings: list[Finding]) -> Generator[Event, None, Report]:
    with closing(steps):
        try:
            while True:
                event = next(steps)
                if isinstance(event, Found):
                    findings.append(event.finding)
                yield event
        except StopIteration as end:
            return cast("Report", end.value)


def _steps(run: Run, deadline: float | None) -> Generator[Event, None, Report]:
    job = yield from settled_job(run)
    if job is None:
        for stage in (upload, ready_pool):
            problems = yield from stage(run)
            if problems:
                return (yield from _refused(run, problems))
        job = yield from ready_job(run)
    if isinstance(job, Finding):
        return (yield from _refused(run, (job,)))
    if job is JobState.FILL:
        problems = yield from fill(run)
        if problems:
            return (yield from _refused(run, problems))
    if not run.options.wait:
        return Report(Verdict.SUBMITTED, run.pool_id, run.job_id)
    outcome = yield from watch(run, deadline, over=job is JobState.OVER)
    files: tuple[Path, ...] = ()
    if outcome.verdict is not Verdict.TIMED_OUT:
        try:
            files = yield from collect(run, outcome.tracker.succeeded)
        except LocalFailure as error:
            # What the tasks came to is no less true for it.
            yield Found(finding("BS811", run.program.job, error.message, error.hint or _FETCH))
            if outcome.verdict is Verdict.SUCCEEDED:
                outcome = replace(outcome, verdict=Verdict.UNCOLLECTED)
    return _report(run, outcome, files)


def _refused(run: Run, problems: tuple[Finding, ...]) -> Generator[Event, None, Report]:
    for problem in problems:
        yield Found(problem)
    return Report(Verdict.REFUSED, run.pool_id, run.job_id)


def _report(run: Run, outcome: Outcome, files: tuple[Path, ...]) -> Report:
    tracker = outcome.tracker
    rows, omitted = tracker.rows([made.body.id for made in run.program.tasks], outcome.blocked)
    return Report(
        outcome.verdict,
        run.pool_id,
        run.job_id,
        counts=outcome.counts,
        blocked=len(outcome.blocked),
        tasks=rows,
        omitted=omitted,
        running=tuple(tracker.running) if outcome.verdict is Verdict.TIMED_OUT else (),
        downloads=files,
    )
