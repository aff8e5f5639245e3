"""A job that starts no task for a while: for a pool that is replaced, for its move to another, or before it goes.

The mark comes before the job is disabled, and goes only once it is enabled again. A crash anywhere in between leaves a
job that says why it stands still, and the next apply lets it go on. The service enables a job, and moves it to another
pool, only while it is disabled: not while the tasks that were running have still to end.
https://learn.microsoft.com/rest/api/batchservice/jobs/enable-job
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress

from batchspec.errors import Conflict
from batchspec.planning.jobs import OVER
from batchspec.ports import DRAINED_KEY, JobView
from batchspec.run.context import Run
from batchspec.run.events import Draining, Event, Updated, Waiting

_LONGEST = 5.0  # seconds between looks
_TRIES = 5  # how often a job that looks disabled may refuse to be enabled


def drain(run: Run, pool_id: str, job: JobView, to: str | None = None) -> Generator[Event, None, JobView]:
    """Mark and disable the job, and wait until none of its tasks runs in the pool. to: the pool that it moves to."""
    if job.metadata.get(DRAINED_KEY) != pool_id:
        yield from _note(run, job, pool_id)
    running = "requeue" if run.options.force else "wait"
    return (yield from disabled(run, job.id, running, lambda count: Draining(job.id, count, pool_id, to)))


def disabled(
    run: Run, job_id: str, running: str, told: Callable[[int], Event] | None = None
) -> Generator[Event, None, JobView]:
    """Disable a job and wait until none of its tasks runs.

    running: what becomes of those that do: requeue; wait, for as long as they take; terminate, before the job goes.
    told: what is told whenever another number of them runs.
    """
    with suppress(Conflict):  # it is disabled already, by a request whose answer was lost or by hand, or has ended
        yield from run.retry.ask(f"disable job {job_id}", lambda: run.batch.disable_job(job_id, running))
    return (yield from _once_in(run, job_id, ("disabled", *OVER), told))


def enabled(run: Run) -> Generator[Event, None, None]:
    """Let the job go on, once it is disabled, and take our mark away when it does."""
    at_rest = ("disabled", "active", *OVER)
    view = yield from _once_in(run, run.job_id, at_rest, lambda count: _ending(run, count))
    for again in range(_TRIES):
        if view.state != "disabled":
            break
        try:
            yield from run.retry.ask(f"enable job {view.id}", lambda: run.batch.enable_job(run.job_id))
        except Conflict:  # it is enabled already: ours, whose answer was lost, or another's
            if again == _TRIES - 1:
                raise
        view = yield from _once_in(run, run.job_id, at_rest)
    if view.state in OVER:
        return
    if DRAINED_KEY in view.metadata:
        yield from _note(run, view, None)
    yield Updated("job", view.id, "enabled again")


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
        run.clock.sleep(pause)
        pause = min(_LONGEST, pause * 1.5)


def _note(run: Run, view: JobView, pool_id: str | None) -> Generator[Event, None, None]:
    """Give the job our mark, or with None take it away, and leave the rest of its metadata as it is."""
    kept = {name: text for name, text in view.metadata.items() if name != DRAINED_KEY}
    noted = kept | ({DRAINED_KEY: pool_id} if pool_id else {})
    marks = {"metadata": [{"name": name, "value": text} for name, text in noted.items()]}
    try:
        yield from run.retry.ask(f"mark job {view.id}", lambda: run.batch.patch_job(view.id, marks))
    except Conflict:
        found = yield from run.retry.ask(f"job {view.id}", lambda: run.batch.get_job(view.id))
        if found.state not in OVER:
            raise
        # Its last task has ended meanwhile, and the mark says nothing any more.
