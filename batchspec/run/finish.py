"""What `on_finish` asks for, once the work has ended. The verdict has been told, and no failure here changes it.

Only what is the spec's own and as the spec says is touched; a pool stays as it is while other jobs use it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from batchspec.errors import BatchspecError, Conflict, LocalFailure, NotFound, ServiceError
from batchspec.ports import JobView, PoolView
from batchspec.run.context import Run, finding, ours, same_id, unchanged
from batchspec.run.destroy import still_used
from batchspec.run.events import Event, Found, Kept, Removing
from batchspec.run.resize import resize
from batchspec.run.retry import retrying

if TYPE_CHECKING:
    from batchspec.compiler.program import Made, Program
    from batchspec.ports import BatchPort, BlobPort, Clock


def finish(program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock) -> Generator[Event, None, None]:
    """Do now what on_finish asks for: for whoever has stopped watching. Raises nothing of the service's."""
    if program.job is not None:
        yield from clean_up(Run(program, batch, blobs, clock, retrying(clock)))


def clean_up(run: Run, *, home: bool = True) -> Generator[Event, None, None]:
    """Delete the job, delete the pool or take its nodes away. home: whether all results are; else the job stays."""
    asked = run.program.finish
    if asked.job == asked.pool == "keep":
        return
    try:
        job = yield from _own_job(run)
        if asked.job == "delete" and job is not None:
            yield from _delete_job(run, job, home=home)
    except (ServiceError, LocalFailure) as error:
        yield _failed(run.job, f'job "{run.job_id}" could not be deleted', error)
    made = run.program.pool
    if asked.pool == "keep":
        return
    if made is None:
        if run.program.pool_id is not None:
            yield Kept("pool", run.program.pool_id, "this spec only uses it")
        return
    try:
        yield from _pool(run, made, delete=asked.pool == "delete")
    except NotFound:
        pass  # nothing is left to do
    except (ServiceError, LocalFailure) as error:
        what = "deleted" if asked.pool == "delete" else "scaled to zero"
        yield _failed(made, f'pool "{made.body.id}" could not be {what}', error)


def left_alone(run: Run, why: str) -> Generator[Event, None, None]:
    """Say that on_finish is not carried out."""
    asked, pool = run.program.finish, run.program.pool
    if asked.job != "keep":
        yield Kept("job", run.job_id, f"{why}, so on_finish leaves it")
    if asked.pool != "keep" and pool is not None:
        yield Kept("pool", str(pool.body.id), f"{why}, so on_finish leaves it")


def _own_job(run: Run) -> Generator[Event, None, JobView | None]:
    try:
        view = yield from run.retry.ask(f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))
    except NotFound:
        return None
    return view if ours(run.program, view.metadata) and unchanged(run.job.body, view.metadata) else None


def _delete_job(run: Run, view: JobView, *, home: bool) -> Generator[Event, None, None]:
    if not home:
        yield Kept("job", run.job_id, "its results are not all here")
    elif view.state != "deleting":
        yield from _delete(run, "job", run.job_id, lambda: run.batch.delete_job(run.job_id))


def _pool(run: Run, made: Made[Any], *, delete: bool) -> Generator[Event, None, None]:
    pool_id = str(made.body.id)
    view = yield from run.retry.ask(f"pool {pool_id}", lambda: run.batch.get_pool(pool_id))
    if view.state == "deleting":
        return
    if not ours(run.program, view.metadata) or not unchanged(made.body, view.metadata):
        yield Kept("pool", pool_id, "it is not the one that this spec describes")
        return
    # One of our job's id that is not ours needs its pool no less than any other.
    own = yield from _own_job(run)
    jobs = yield from run.retry.ask(f"jobs of pool {pool_id}", lambda: run.batch.list_jobs(pool_id))
    others = [job_id for job_id in jobs if own is None or not same_id(job_id, run.job_id)]
    if others:
        yield Kept("pool", pool_id, still_used(others))
    elif delete:
        yield from _delete(run, "pool", pool_id, lambda: run.batch.delete_pool(pool_id))
    else:
        yield from _scale_to_zero(run, made, view)


def _delete(run: Run, kind: str, name: str, request: Callable[[], None]) -> Generator[Event, None, None]:
    try:
        yield from run.retry.ask(f"delete {kind} {name}", request)
    except NotFound:
        return
    except Conflict as error:
        # Ours, whose answer was lost, or somebody else's.
        if "BeingDeleted" not in error.code:
            raise
    yield Removing(kind, name)


def _scale_to_zero(run: Run, made: Made[Any], view: PoolView) -> Generator[Event, None, None]:
    if view.autoscale:
        text = f'pool "{view.id}" could not be scaled to zero: a formula gives its size'
        yield Found(finding("BS812", made, text, "let the formula do it when no task waits"))
    elif view.target_nodes:
        yield from resize(run, view.id, 0, 0)


def _failed(made: Made[Any], what: str, error: BatchspecError) -> Found:
    reason = error.message.strip().rstrip(".")
    return Found(finding("BS812", made, f"{what}: {reason}", 'remove it with "batchspec destroy"'))
