"""A job that starts no task for a while: for a pool that is replaced, for its move to another, or before it goes.

The mark comes before the job is disabled, and goes only once it is enabled again. A crash anywhere in between leaves a
job that says why it stands still, and the next apply lets it go on. The service enables a job, and moves it to another
pool, only while it is disabled: not while the tasks that were running have still to end.
https://learn.microsoft.com/rest/api/batchservice/jobs/enable-job
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress

from batchspec.errors import Busy, Conflict, OutOfTime, ServiceError
from batchspec.planning.jobs import OVER
from batchspec.planning.owner import marks
from batchspec.planning.words import listed
from batchspec.ports import DRAINED_KEY, TASKS_KEY, JobView
from batchspec.run.adding import add_tasks
from batchspec.run.context import Run
from batchspec.run.events import Draining, Event, Updated, Waiting
from batchspec.run.metadata import rewrite
from batchspec.run.within import awaiting

_LONGEST = 5.0  # seconds between looks
_LISTED = 1000  # tasks, one answer: when more have begun, those that still run are not named
_PAUSED = "it is paused for another pool: any apply lets it go on, and --force queues again what runs"
_TRIES = 5  # how often a job is asked that refuses, or that another asks for the contrary


def drain(run: Run, pool_id: str, job: JobView, to: str | None = None) -> Generator[Event, None, JobView]:
    """Mark and disable the job, and wait until none of its tasks runs in the pool. to: the pool that it moves to.

    A job that is armed ends once it has no task left to run, though it is disabled: what the spec adds to it is there
    before its last ones have ended, and starts in the new pool. Jobs that are disabled take tasks.
    https://github.com/Azure/batch-shipyard/issues/227 https://github.com/Azure/BatchExplorer/pull/865

    Raises as `disabled` does. The mark stays then: any later apply waits on, and lets the job go on.
    """
    if job.metadata.get(DRAINED_KEY) != pool_id:
        yield from rewrite(run, job.id, f"mark job {job.id}", lambda view: {**view.metadata, DRAINED_KEY: pool_id})
    running = "requeue" if run.options.force else "wait"
    full = not job.armed or job.metadata.get(TASKS_KEY) == marks(run.job.body).get(TASKS_KEY)
    return (
        yield from disabled(
            run, job.id, running, lambda count: Draining(job.id, count, pool_id, to), None if full else _fill
        )
    )


def _fill(run: Run) -> Generator[Event, None, None]:
    # It may have ended, or take none while it is disabled. What is refused is told where all is added, and counted.
    with suppress(Conflict), awaiting("tasks are still being added"):
        yield from add_tasks(run)


def disabled(
    run: Run,
    job_id: str,
    running: str,
    told: Callable[[int], Event] | None = None,
    first: Callable[[Run], Generator[Event, None, None]] | None = None,
    meant: Callable[[JobView], bool] = lambda _view: True,
) -> Generator[Event, None, JobView]:
    """Disable a job and wait until none of its tasks runs.

    Raises Busy when it does not stay disabled, and OutOfTime.

    running: what becomes of those that do: requeue; wait, for as long as they take; terminate, before the job goes.
    told: what is told whenever another number of them runs. first: what is done before they are waited for.
    meant: whether it is the job that is meant: one that has been made anew under its id is returned as it is.
    """
    for _ in range(_TRIES):
        # It is disabled already, by a request whose answer was lost or by hand; or has ended; or is just being enabled.
        with suppress(Conflict):
            yield from run.retry.ask(f"disable job {job_id}", lambda: run.batch.disable_job(job_id, running))
        if first is not None:
            yield from first(run)
        view = yield from _once_in(run, job_id, ("disabled", "active", *OVER), told)
        if view.state != "active" or not meant(view):
            return view
    raise _contested(job_id, "active", "disabled")


def enabled(run: Run) -> Generator[Event, None, None]:
    """Let the job go on, once it is disabled, and take our mark away when it does.

    Raises Busy when it does not stay enabled, and OutOfTime.
    """
    at_rest = ("disabled", "active", *OVER)
    view = yield from _once_in(run, run.job_id, at_rest, lambda count: _ending(run, count))
    paused = view.state == "disabled"
    for _ in range(_TRIES):
        if view.state != "disabled":
            break
        with suppress(Conflict):  # it is enabled already: by ours, whose answer was lost, or by another's
            yield from run.retry.ask(f"enable job {view.id}", lambda: run.batch.enable_job(run.job_id))
        view = yield from _once_in(run, run.job_id, at_rest)
    if view.state == "disabled":
        raise _contested(view.id, "disabled", "enabled")
    if view.state in OVER:
        return
    noted = DRAINED_KEY in view.metadata
    if noted:
        yield from rewrite(run, view.id, f"mark job {view.id}", _unmarked)
    if paused or noted:
        yield Updated("job", view.id, "enabled again" if paused else "it is no longer noted as paused")


def paused(run: Run) -> str | None:
    """What to say of a job that is left paused, None of another; asked for once, as there is no time for more."""
    with suppress(ServiceError):
        view = run.batch.get_job(run.job_id)
        return _PAUSED if DRAINED_KEY in view.metadata and view.state not in OVER else None
    return None


def _unmarked(view: JobView) -> dict[str, str]:
    return {name: text for name, text in view.metadata.items() if name != DRAINED_KEY}


def _contested(job_id: str, state: str, asked: str) -> Busy:
    hint = "somebody else, or another apply, is at it: run the command again when that is done"
    return Busy(f'job "{job_id}" is {state} again each time that it is {asked}', hint)


def _ending(run: Run, running: int) -> Waiting:
    what = f"it is not disabled yet; {running:,} task{'s' * (running != 1)} still running"
    return Waiting(f"enable job {run.job_id}", _LONGEST, what)


def _once_in(
    run: Run, job_id: str, states: tuple[str, ...], told: Callable[[int], Event] | None = None
) -> Generator[Event, None, JobView]:
    """The job as soon as it is in one of these states. told: of how many of its tasks run till then."""
    last, pause = -1, 0.2
    while True:
        view = yield from run.retry.ask(f"job {job_id}", lambda: run.batch.get_job(job_id))
        if view.state in states:
            return view
        if told is not None:
            counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(job_id))
            if counts.running != last:
                last = counts.running
                yield told(last)
        try:
            run.clock.sleep(pause)
        except OutOfTime as late:
            raise (yield from _too_long(run, view, late)) from None
        pause = min(_LONGEST, pause * 1.5)


def _too_long(run: Run, job: JobView, late: OutOfTime) -> Generator[Event, None, OutOfTime]:
    """The same with what still runs. The job is left as it is: the service goes on waiting for its tasks."""
    counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(job.id))
    what, running = f"{counts.running:,} task{'s' * (counts.running != 1)}", tuple[str, ...]()
    if counts.running and counts.running + counts.completed <= _LISTED:
        views = yield from run.retry.ask("list tasks", lambda: list(run.batch.list_tasks(job.id, started=True)))
        running = tuple(view.id for view in views if view.state != "completed")
        what += f" ({listed(running)})"
    return OutOfTime(f'{late.message}: job "{job.id}" is {job.state}, with {what} still running', running)
