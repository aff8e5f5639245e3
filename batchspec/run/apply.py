"""Make it so: plan, upload, pool, job, tasks, watch, collect, clean up, report; killed anywhere, the next goes on.

The plan is made anew from what is live each time, so there is nothing else to remember.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from batchspec.compiler.members import ends_by_itself, is_empty
from batchspec.errors import LocalFailure, NotFound, OutOfTime, UsageError
from batchspec.planning.change import Action, Plan
from batchspec.planning.jobs import OVER
from batchspec.planning.live import Live
from batchspec.planning.plan import has_run
from batchspec.run.collect import collect
from batchspec.run.context import Options, Run, finding
from batchspec.run.deleting import remove, seen
from batchspec.run.destroy import remove_outputs
from batchspec.run.ensure import only_as_seen
from batchspec.run.events import Event, Found, JobReady, Kept, Planned
from batchspec.run.finish import clean_up, clean_up_after, left_alone
from batchspec.run.look import planned, still
from batchspec.run.moments import lasted
from batchspec.run.pause import disabled
from batchspec.run.pool import ready_pool
from batchspec.run.report import Finding, Report, Verdict
from batchspec.run.reported import reported
from batchspec.run.schedules import ready_schedule
from batchspec.run.submit import JobState, fill, ready_job
from batchspec.run.upload import upload
from batchspec.run.watch import Outcome, watch
from batchspec.run.within import awaiting, within

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock, JobView

_AGAIN = "the next apply goes on from here"
_FETCH = 'they are stored: "batchspec download SPEC --results DIR" brings them again'


def apply(
    program: Program,
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Generator[Event, None, None]:
    """Apply a program; the last event is Finished.

    Raises UsageError when nobody agrees to what would be lost, and what asking again does not mend: ServiceError, and
    LocalFailure before the tasks have run.

    Closing the iterator, or an exception in it such as KeyboardInterrupt, leaves the job to the service; `finish`
    then does what on_finish asks for.
    """
    run = Run.of(program, batch, blobs, within(clock, options.timeout), options)
    yield from reported(run, _steps(run), _AGAIN)


def _steps(run: Run) -> Generator[Event, None, Report]:
    plan, live = yield from planned(run)
    if run.options.hold is not None:
        run.options.hold(plan)
    yield Planned(plan)
    if plan.problems:
        return (yield from _refused(run, tuple(Finding(problem) for problem in plan.problems)))
    if plan.destroys:
        if not run.options.agree(plan):
            raise UsageError(_not_agreed(plan), "look at it with batchspec plan; --yes agrees to it")
        plan, live = yield from still(run, plan, live)
    if run.program.job is not None and has_run(live, plan.changes):
        return (yield from _had_run(run, plan, live))
    with awaiting("nothing was begun"):
        run.clock.sleep(0.0)  # somebody may have thought for long
    job = yield from _made(run, plan, live)
    if isinstance(job, tuple):
        return (yield from _refused(run, job))
    if job is None:
        return _ready(run)
    if job is JobState.FILL and is_empty(run.program):
        yield Kept("job", run.job_id, "it has no tasks, and stays active until somebody ends it")
        return _ready(run)
    if job is JobState.FILL:
        yield from fill(run)
    if not run.options.wait and job is not JobState.OVER:
        yield from left_alone(run, "nobody waits for the job")
        return Report(Verdict.SUBMITTED, run.pool_id, run.job_id)
    return (yield from _watched(run, over=job is JobState.OVER))


def _had_run(run: Run, plan: Plan, live: Live) -> Generator[Event, None, Report]:
    """The job had completed: its pool is brought to what the spec says, and its verdict told once more."""
    yield JobReady(run.job_id, "completed")
    pool = plan.of("pool")
    if pool is not None and pool.action is not Action.NOTHING and not pool.due:
        problems = yield from ready_pool(run, pool, replace(live, job=None), rest=not live.users)
        if problems:
            return (yield from _refused(run, problems))
    report = yield from _watched(run, over=True, before=plan)
    return replace(report, took=None if live.job is None else lasted(live.job.body))


def _not_agreed(plan: Plan) -> str:
    of = (f"{change.action.value} {change.kind.replace('_', ' ')} {change.id}" for change in plan.destroys)
    return f"apply would {' and '.join(of)}, and nobody has agreed to that"


def _made(run: Run, plan: Plan, live: Live) -> Generator[Event, None, JobState | tuple[Finding, ...] | None]:
    """Files, pool, and the schedule or the job with its tasks; what is left to do for the job, or why not."""
    change = plan.of("job")
    if change is not None and change.action is Action.REPLACE:
        problems = yield from _remove_job(run, live.job)
        if problems:
            return problems
    with awaiting("inputs are still on their way to storage"):
        yield from upload(run)
    problems = yield from ready_pool(run, plan.of("pool"), live)
    if problems:
        return problems
    problems = yield from ready_schedule(run, plan.of("job_schedule"), live.schedule)
    if problems:
        return problems
    if change is None:
        return None
    job = yield from ready_job(run, plan, live.job)
    if isinstance(job, tuple):
        # What was begun is left to the next apply, and its pool as on_finish says.
        yield from clean_up(run)
    return job


def _remove_job(run: Run, view: JobView | None) -> Generator[Event, None, tuple[Finding, ...]]:
    """The job goes with all that its tasks have left: the next one must not find it. Why not, when it is another.

    What they left goes first. A crash before the job is gone leaves it, and the next apply does all this again.
    """
    stays = only_as_seen(run, "job", run.job, view)
    with suppress(NotFound):
        now, why = yield from seen(run, "job", run.job_id, stays)
        if why is None and now.state not in OVER:
            # Another apply may make it anew while this waits.
            now = yield from disabled(run, run.job_id, "terminate", meant=lambda view: stays(view) is None)
            why = stays(now)
        if why is not None:
            return why
    yield from remove_outputs(run, run.job_id)
    return (yield from remove(run, "job", run.job_id, stays)) or ()


def _watched(run: Run, *, over: bool, before: Plan | None = None) -> Generator[Event, None, Report]:
    """before: the plan, when the job had ended before."""
    outcome = yield from watch(run, over=over)
    if outcome.verdict is Verdict.TIMED_OUT:
        yield from left_alone(run, "the job goes on")
        return outcome.report(run)
    return (yield from _ended(run, outcome, before))


def _ended(run: Run, outcome: Outcome, before: Plan | None) -> Generator[Event, None, Report]:
    """The work has ended: bring home what it left, then leave things as on_finish says."""
    home = True
    try:
        with awaiting("outputs are still on their way home"):
            yield from collect(run, outcome.tracker.succeeded)
    except (LocalFailure, OutOfTime) as error:
        # What the tasks came to is no less true for it.
        home = False
        yield Found(finding("BS811", run.job, error.message, error.hint or _FETCH))
        if outcome.verdict is Verdict.SUCCEEDED:
            outcome = replace(outcome, verdict=Verdict.UNCOLLECTED)
    if not ends_by_itself(run.program) and run.program.finish.job == "keep":
        yield from _still_active(run)
    yield from clean_up(run, home=home) if before is None else clean_up_after(run, before, home=home)
    return outcome.report(run)


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
