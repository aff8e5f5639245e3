"""Another pool in place of the one that is there, under the same id; the job waits meanwhile and goes to the new one.

The job is disabled and marked, its running tasks come to their end (or are queued again), the pool is deleted and
made anew, and the job is enabled. A crash in between leaves the mark, by which the next apply knows to enable it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from batchspec.errors import Busy, Conflict, NotFound
from batchspec.planning.jobs import OVER
from batchspec.ports import DRAINED_KEY, JobView
from batchspec.run.context import Run, ours
from batchspec.run.events import Draining, Event, Updated
from batchspec.run.gone import await_gone

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

_AT_REST = ("disabled", *OVER)


def remove_pool(run: Run, made: Made[Any], job: JobView | None) -> Generator[Event, None, None]:
    """Drain the pool and delete it. Raises Busy when that takes the service too long."""
    pool_id = str(made.body.id)
    if job is not None and job.state in ("active", "disabling") and ours(run.program, job.metadata):
        with suppress(NotFound):  # the plan has replaced it as well, and it is gone by now
            yield from _drain(run, pool_id, job)
    try:
        yield from run.retry.ask(f"delete pool {pool_id}", lambda: run.batch.delete_pool(pool_id))
    except NotFound:
        return
    except Conflict as error:
        if "BeingDeleted" not in error.code:
            raise
    if not (yield from await_gone(run, "pool", pool_id)):
        raise Busy(f'pool "{pool_id}" is still being deleted', "run the command again in a few minutes")


def _drain(run: Run, pool_id: str, job: JobView) -> Generator[Event, None, None]:
    marked = {"metadata": _noted(job, pool_id)}
    yield from run.retry.ask(f"mark job {job.id}", lambda: run.batch.patch_job(job.id, marked))
    running = "requeue" if run.options.force else "wait"
    yield from disabled(run, job.id, running)


def disabled(run: Run, job_id: str, running: str) -> Generator[Event, None, None]:
    """Disable a job and wait until none of its tasks runs.

    running: what becomes of those that do: requeue; wait, for as long as they take; terminate, before the job goes.
    """
    with suppress(Conflict):  # it is disabled already, by a request whose answer was lost or by hand, or has ended
        yield from run.retry.ask(f"disable job {job_id}", lambda: run.batch.disable_job(job_id, running))
    told, pause = -1, 0.2
    while True:
        view = yield from run.retry.ask(f"job {job_id}", lambda: run.batch.get_job(job_id))
        if view.state in _AT_REST:
            return
        counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(job_id))
        if counts.running != told and running != "terminate":
            told = counts.running
            yield Draining(job_id, told)
        run.clock.sleep(pause)
        pause = min(5.0, pause * 1.5)


def undrain(run: Run) -> Generator[Event, None, JobView | None]:
    """Enable the job again if it was disabled for a pool that is there by now; how it is then, if so."""
    try:
        view = yield from run.retry.ask(f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))
        if DRAINED_KEY not in view.metadata or view.state in OVER:
            return None
        yield from enabled(run, view)
        return (yield from run.retry.ask(f"job {run.job_id}", lambda: run.batch.get_job(run.job_id)))
    except NotFound:
        return None


def enabled(run: Run, view: JobView) -> Generator[Event, None, None]:
    """Enable a job that we have disabled, and take our mark away."""
    if view.state in ("disabled", "disabling"):
        with suppress(Conflict):  # it is enabled already: ours, whose answer was lost
            yield from run.retry.ask(f"enable job {view.id}", lambda: run.batch.enable_job(view.id))
    unmarked = {"metadata": _noted(view, None)}
    try:
        yield from run.retry.ask(f"mark job {view.id}", lambda: run.batch.patch_job(view.id, unmarked))
    except Conflict:
        found = yield from run.retry.ask(f"job {view.id}", lambda: run.batch.get_job(view.id))
        if found.state not in OVER:
            raise
        return  # its last task has ended meanwhile, and the mark says nothing any more
    yield Updated("job", view.id, "enabled again")


def _noted(view: JobView, pool_id: str | None) -> list[dict[str, str]]:
    """The metadata as it is, with or without the mark."""
    kept = {name: text for name, text in view.metadata.items() if name != DRAINED_KEY}
    return [
        {"name": name, "value": text} for name, text in (kept | ({DRAINED_KEY: pool_id} if pool_id else {})).items()
    ]
