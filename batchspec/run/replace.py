"""Another pool in place of the one that is there, under the same id; the job waits meanwhile and goes to the new one.

The job is paused (see `batchspec.run.pause`), the pool is deleted and made anew, and the job goes on. Somebody may have
agreed to that a while after the plan was made: what is there is looked at once more before any of it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchspec.errors import NotFound
from batchspec.planning.jobs import OVER
from batchspec.planning.live import Live
from batchspec.planning.pools import in_use
from batchspec.ports import JobView
from batchspec.run.absent import or_none
from batchspec.run.context import Run, finding, same_id
from batchspec.run.deleting import remove
from batchspec.run.ensure import moved, only_as_seen
from batchspec.run.events import Event
from batchspec.run.pause import drain
from batchspec.run.report import Finding

if TYPE_CHECKING:
    from batchspec.compiler.program import Made


def remove_pool(run: Run, made: Made[Any], live: Live) -> Generator[Event, None, tuple[Finding, ...]]:
    """Drain the pool and delete it; why not, when the plan saw something else. Raises Busy when it takes too long."""
    pool_id, job = str(made.body.id), (yield from _job(run))
    problem = None if job is None else moved(run, "job", run.job, live.job, job)
    problem = problem or (yield from _used(run, made))
    if problem is not None:
        return (problem,)
    if job is not None and job.state in ("active", "enabling", "disabling"):
        job = yield from _drained(run, pool_id, job)
    if job is not None and job.state == "deleting":
        what = f'job "{run.job_id}" was deleted meanwhile, and pool "{pool_id}" is not replaced'
        return (finding("BS807", run.job, what, "apply again if it is still wanted"),)
    return (yield from remove(run, "pool", pool_id, only_as_seen(run, "pool", made, live.pool))) or ()


def _drained(run: Run, pool_id: str, job: JobView) -> Generator[Event, None, JobView]:
    try:
        return (yield from drain(run, pool_id, job))
    except NotFound:
        return replace(job, state="deleting")


def _job(run: Run) -> Generator[Event, None, JobView | None]:
    """The spec's own job, where it is there and may still run something."""
    if run.program.job is None:
        return None
    view = yield from or_none(run.retry, f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))
    return None if view is None or view.state in OVER else view


def _used(run: Run, made: Made[Any]) -> Generator[Event, None, Finding | None]:
    pool_id, own = str(made.body.id), run.program.job_id
    jobs = yield from run.retry.ask(f"jobs of pool {pool_id}", lambda: run.batch.list_jobs(pool_id))
    others = tuple(job_id for job_id in jobs if own is None or not same_id(job_id, own))
    return Finding(in_use(made, others)) if others else None
