"""Make it so: upload, pool, job, tasks, watch, collect, clean up, report. Killed anywhere, the next apply goes on.

A look at the job comes first: one that has completed, or is not ours to use, needs no pool.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from batchspec.errors import LocalFailure, NotFound, UsageError
from batchspec.run.collect import collect
from batchspec.run.context import Options, Run, finding
from batchspec.run.events import Event, Finished, Found, Kept
from batchspec.run.finish import clean_up, left_alone
from batchspec.run.members import ends_by_itself, is_empty, task_ids
from batchspec.run.pool import named_pool, ready_pool
from batchspec.run.report import Finding, Report, Verdict
from batchspec.run.retry import retrying
from batchspec.run.submit import JobState, fill, ready_job, settled_job
from batchspec.run.upload import upload
from batchspec.run.watch import Outcome, watch

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

NO_SCHEDULES = (
    "job schedules are validated and rendered, and not applied yet by this version",
    'see the requests with "batchspec render"; without the schedule, apply runs the job once',
)
_FETCH = 'they are stored: "batchspec download SPEC --results DIR" brings them again'


def apply(
    program: Program,
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Generator[Event, None, None]:
    """Apply a program; the last event is Finished.

    Raises UsageError for a job schedule, and what asking again does not mend: ServiceError, and LocalFailure
    before the tasks have run.

    Closing the iterator, or an exception in it such as KeyboardInterrupt, leaves the job to the service; `finish`
    then does what on_finish asks for.
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
    if run.program.schedule is not None:
        raise UsageError(*NO_SCHEDULES)
    if run.program.job is None:
        problems = yield from _pools(run)
        return (yield from _refused(run, problems)) if problems else _ready(run)
    job = yield from settled_job(run)
    if job is None:
        problems = yield from _pools(run)
        if problems:
            return (yield from _refused(run, problems))
        submitted = yield from _submitted(run)
        if isinstance(submitted, tuple):
            report = yield from _refused(run, submitted)
            yield from clean_up(run)
            return report
        job = submitted
    if isinstance(job, Finding):
        return (yield from _refused(run, (job,)))
    if job is JobState.FILL and is_empty(run.program):
        yield Kept("job", run.job_id, "it has no tasks, and stays active until somebody ends it")
        return _ready(run)
    if not run.options.wait:
        yield from left_alone(run, "nobody waits for the job")
        return Report(Verdict.SUBMITTED, run.pool_id, run.job_id)
    outcome = yield from watch(run, deadline, over=job is JobState.OVER)
    if outcome.verdict is Verdict.TIMED_OUT:
        yield from left_alone(run, "the job goes on")
        return _report(run, outcome, ())
    return (yield from _ended(run, outcome))


def _pools(run: Run) -> Generator[Event, None, tuple[Finding, ...]]:
    for stage in (named_pool, upload, ready_pool):
        problems = yield from stage(run)
        if problems:
            return problems
    return ()


def _submitted(run: Run) -> Generator[Event, None, JobState | tuple[Finding, ...]]:
    """The job with all of its tasks, or why not."""
    job = yield from ready_job(run)
    if isinstance(job, Finding):
        return (job,)
    if job is JobState.FILL and not is_empty(run.program):
        problems = yield from fill(run)
        if problems:
            return problems
    return job


def _ended(run: Run, outcome: Outcome) -> Generator[Event, None, Report]:
    """The work has ended: bring home what it left, then leave things as on_finish says."""
    files: tuple[Path, ...] = ()
    home = True
    try:
        files = yield from collect(run, outcome.tracker.succeeded)
    except LocalFailure as error:
        # What the tasks came to is no less true for it.
        home = False
        yield Found(finding("BS811", run.job, error.message, error.hint or _FETCH))
        if outcome.verdict is Verdict.SUCCEEDED:
            outcome = replace(outcome, verdict=Verdict.UNCOLLECTED)
    if not ends_by_itself(run.program) and run.program.finish.job == "keep":
        yield from _still_active(run)
    yield from clean_up(run, home=home)
    return _report(run, outcome, files)


def _still_active(run: Run) -> Generator[Event, None, None]:
    try:
        view = yield from run.retry.ask(f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))
    except NotFound:
        return
    if view.state == "active" and not view.armed:
        yield Kept("job", run.job_id, "it stays active, as on_all_tasks_complete says")


def _ready(run: Run) -> Report:
    return Report(Verdict.READY, run.pool_id, run.program.job_id)


def _refused(run: Run, problems: tuple[Finding, ...]) -> Generator[Event, None, Report]:
    for problem in problems:
        yield Found(problem)
    return Report(Verdict.REFUSED, run.pool_id, run.program.job_id)


def _report(run: Run, outcome: Outcome, files: tuple[Path, ...]) -> Report:
    tracker = outcome.tracker
    rows, omitted = tracker.rows(task_ids(run.program, tracker.seen), outcome.blocked)
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
