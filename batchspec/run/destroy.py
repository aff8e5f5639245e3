"""Remove what a program made: its job, its pool and its outputs; nothing that is not ours."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from batchspec.errors import Busy, Conflict, NotFound
from batchspec.ports import JobView, PoolView
from batchspec.run.context import Run, ours
from batchspec.run.crew import Done, crew
from batchspec.run.events import Event, Kept, Removed
from batchspec.run.gone import await_gone
from batchspec.run.retry import retrying

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

View = TypeVar("View", PoolView, JobView)

WORKERS = 8


def outputs_of(job_id: str) -> str:
    """The prefix of all blobs that a job's tasks leave."""
    return f"outputs/{job_id}/"


def destroy(program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock) -> Generator[Event, None, None]:
    """Delete job, pool and output blobs, and wait until they are gone. Raises ServiceError.

    A pool stays while other jobs use it, such as those of the same spec with other parameters; one that the
    job only names is nobody's here to remove. Inputs stay: their blobs are named by content, so other specs may
    share them.
    """
    run = Run(program, batch, blobs, clock, retrying(clock))
    job_gone = False
    if program.job is not None:
        job_gone = yield from _remove(
            run, "job", run.job_id, lambda: batch.get_job(run.job_id), lambda: batch.delete_job(run.job_id)
        )
    if program.pool is not None:
        pool_id = str(program.pool.body.id)
        yield from _remove(
            run,
            "pool",
            pool_id,
            lambda: batch.get_pool(pool_id),
            lambda: batch.delete_pool(pool_id),
            lambda: batch.list_jobs(pool_id),
        )
    if program.pool_info is not None and program.pool_id is not None and run.own_pool is None:
        yield Kept("pool", program.pool_id, "this spec only uses it")
    if job_gone:
        yield from _remove_outputs(run)
    if program.uploads:
        yield Kept("blobs", program.container, "inputs are named by content and may serve other specs")


def _remove(
    run: Run,
    kind: str,
    name: str,
    get: Callable[[], View],
    delete: Callable[[], None],
    users: Callable[[], list[str]] = list,
) -> Generator[Event, None, bool]:
    """Whether it is gone. users: the jobs that need it, for which it stays."""
    try:
        view = yield from run.retry.ask(f"{kind} {name}", get)
        if not ours(run.program, view.metadata):
            yield Kept(kind, name, "this spec did not make it")
            return False
        if view.state != "deleting":
            jobs = yield from run.retry.ask(f"jobs of {kind} {name}", users)
            if jobs:
                yield Kept(kind, name, still_used(jobs))
                return False
            yield from run.retry.ask(f"delete {kind} {name}", delete)
    except NotFound:
        yield Removed(kind, name, 0)
        return True
    except Conflict as error:
        # Somebody else's delete came between: wait for that one.
        if "BeingDeleted" not in error.code:
            raise
    if not (yield from await_gone(run, kind, name)):
        raise Busy(f'{kind} "{name}" is still being deleted', "run the command again in a few minutes")
    yield Removed(kind, name)
    return True


def still_used(jobs: Sequence[str]) -> str:
    """Why a pool stays: these jobs."""
    if len(jobs) == 1:
        return f'job "{jobs[0]}" still uses it'
    return f'job "{jobs[0]}" and {len(jobs) - 1} more still use it'


def _remove_outputs(run: Run) -> Generator[Event, None, None]:
    container, prefix = run.program.container, outputs_of(run.job_id)
    try:
        names = yield from run.retry.ask(
            "list the outputs", lambda: [view.name for view in run.blobs.list_blobs(container, prefix)]
        )
    except NotFound:
        return
    steps = crew(
        deque(names), partial(_delete, run.blobs, container), lambda name: f"delete {name}", run.retry, WORKERS
    )
    for step in steps:
        if not isinstance(step, Done):
            yield step
    yield Removed("blobs", f"{container}/{prefix}", len(names))


def _delete(blobs: BlobPort, container: str, name: str, _check: Callable[[], None]) -> None:
    with suppress(NotFound):
        blobs.delete_blob(container, name)
