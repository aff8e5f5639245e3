"""Remove what a program made: schedule, jobs, pool and outputs, in this order; nothing that is not ours."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from batchspec.compiler.layout import outputs_folder
from batchspec.errors import NotFound, PreconditionFailed, UsageError
from batchspec.planning.jobs import DONE
from batchspec.planning.owner import ours
from batchspec.planning.words import MADE_BEFORE, still_used
from batchspec.ports import BlobView, JobView, PoolView, ScheduleView
from batchspec.run.context import Run, same_id
from batchspec.run.crew import WORKERS, Done, crew
from batchspec.run.deleting import ask, wait
from batchspec.run.events import Event, Kept, Removed
from batchspec.run.left import left
from batchspec.run.notes import forget, note, noted
from batchspec.run.reruns import listed, ours_among
from batchspec.run.retry import quietly

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock
    from batchspec.run.retry import Retry


def outputs_of(job_id: str) -> str:
    """The prefix of all blobs that a job's tasks leave."""
    return f"{outputs_folder(job_id)}/"


def running_in(program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock) -> dict[str, int]:
    """How many tasks run in each job that a destroy would remove; jobs where none does are left out."""
    run = Run.of(program, batch, blobs, clock)
    found: dict[str, int] = {}
    for job in quietly(_all_jobs(run)):
        if job.state not in DONE:
            with suppress(NotFound):
                found[job.id] = quietly(run.retry.ask("count tasks", partial(batch.count_tasks, job.id))).running
    return {job_id: running for job_id, running in found.items() if running}


def _all_jobs(run: Run) -> Generator[Event, None, list[JobView]]:
    if run.program.job is not None:
        return ours_among(run, (yield from listed(run)))
    if run.program.schedule is None:
        return []
    return (yield from _jobs_of_schedule(run, str(run.program.schedule.body.id)))


def _jobs_of_schedule(run: Run, name: str) -> Generator[Event, None, list[JobView]]:
    try:
        view = yield from run.retry.ask(f"job schedule {name}", lambda: run.batch.get_schedule(name))
        if not ours(run.program, view.metadata):
            return []
        return (yield from run.retry.ask("its jobs", lambda: list(run.batch.schedule_jobs(name))))
    except NotFound:
        return []


def destroy(program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock) -> Generator[Event, None, None]:
    """Delete schedule, jobs, pool and output blobs, and wait until they are gone. Raises ServiceError.

    The jobs are the spec's and its reruns, or those that its schedule has made. A pool stays while other jobs use it,
    such as those of the same spec with other parameters; one that the job only names is nobody's here to remove.
    Inputs stay: their blobs are named by content, so other specs may share them.
    """
    run = Run.of(program, batch, blobs, clock)
    if program.schedule is not None:
        yield from _remove_schedule(run, str(program.schedule.body.id))
    if program.job is not None:
        yield from _remove_jobs(run)
    if program.pool is not None:
        pool_id = str(program.pool.body.id)
        yield from _remove(run, "pool", pool_id, partial(_used, run))
    if program.pool_info is not None and program.pool_id is not None and run.own_pool is None:
        yield Kept("pool", program.pool_id, "this spec only uses it")
    for one in (yield from left(run)):
        yield Kept(one.kind, one.id, MADE_BEFORE)
    if program.uploads:
        yield Kept("blobs", program.container, "inputs are named by content and may serve other specs")


def _remove_schedule(run: Run, name: str) -> Generator[Event, None, None]:
    """Its jobs go with it, and their outputs, which are under its id."""
    jobs = yield from _jobs_of_schedule(run, name)
    if not (yield from _remove(run, "job schedule", name)):
        return
    for job in jobs:
        yield from wait(run, "job", job.id)
    if jobs:  # one line for all of them: a schedule of a year may have made many
        yield Removed("job", jobs[0].id if len(jobs) == 1 else f"{name}:job-*", len(jobs))
    yield from remove_outputs(run, name)


def _remove_jobs(run: Run) -> Generator[Event, None, None]:
    """The job and its reruns: all are asked to go before the first is waited for.

    Their outputs go before them, and of those that had not completed after them, for what they have left since. Whoever
    is deleted is noted before: without its job nobody else knows any more that a rerun has left some.
    """
    views = yield from listed(run)
    found = ours_among(run, views)
    notes = (yield from noted(run)) if run.program.stores else []
    ids = [view.id for view in found]
    cleared = [*ids, *(one for one in notes if not any(same_id(one, view.id) for view in views))]
    for job_id in cleared:
        yield from remove_outputs(run, job_id)
    if not any(same_id(job_id, run.job_id) for job_id in ids):
        ids.insert(0, run.job_id)
    over = [view.id for view in found if view.state == "completed"]
    going = [job_id for job_id in ids if job_id not in over]
    asked: dict[str, str | None] = {}
    for job_id in ids:
        asked[job_id] = yield from _asked(run, "job", job_id, partial(_noted, run) if job_id in going else _never)
    for job_id, kept in asked.items():
        if (yield from _settled(run, "job", job_id, kept)) and job_id in going:
            yield from remove_outputs(run, job_id, again=job_id in cleared)
            notes.append(job_id)
    for job_id in dict.fromkeys(notes) if run.program.stores else ():
        yield from forget(run.blobs, run.retry, run.program.container, job_id)


_Stays = Callable[[Any], "str | None"]  # as `deleting.ask` has it, of what is ours


def _never(_view: JobView | ScheduleView) -> None:
    """It goes."""


def _noted(run: Run, view: JobView) -> None:
    note(run, view.id)


def _used(run: Run, view: PoolView) -> str | None:
    jobs = [] if view.state == "deleting" else run.batch.list_jobs(view.id)
    return still_used(jobs) if jobs else None


def _remove(run: Run, kind: str, name: str, stays: _Stays = _never) -> Generator[Event, None, bool]:
    """Whether it is gone."""
    kept = yield from _asked(run, kind, name, stays)
    return (yield from _settled(run, kind, name, kept))


def _settled(run: Run, kind: str, name: str, kept: str | None) -> Generator[Event, None, bool]:
    """Wait for what was asked to go, or tell why it stays."""
    if kept == _ABSENT:
        yield Removed(kind, name, 0)
    elif kept is None:
        yield from wait(run, kind, name)
        yield Removed(kind, name)
    else:
        yield Kept(kind, name, kept)
        return False
    return True


_ABSENT = "it is not there"


def _asked(run: Run, kind: str, name: str, stays: _Stays) -> Generator[Event, None, str | None]:
    """Ask the service to delete what is ours; why it was not asked, None when it goes."""
    foreign = "this spec did not make it"
    try:
        return (
            yield from ask(run, kind, name, lambda view: stays(view) if ours(run.program, view.metadata) else foreign)
        )
    except NotFound:
        return _ABSENT
    except PreconditionFailed:
        return "it has changed each time that we looked"


def remove_outputs(run: Run, job_id: str, *, again: bool = False) -> Generator[Event, None, None]:
    """Delete what a job's tasks have left. again: it was done before, and is told only when there was more."""
    container, prefix = run.program.container, outputs_of(job_id)
    try:
        found = yield from blobs_under(run.blobs, run.retry, container, prefix)
    except NotFound:  # the container
        return
    except UsageError:  # no storage account is configured, and of a spec that needs none there is nothing there
        if run.program.stores:
            raise
        return
    yield from remove_blobs(run.blobs, run.retry, container, found)
    if found or not again:
        yield Removed("blobs", f"{container}/{prefix}", len(found))


def blobs_under(blobs: BlobPort, retry: Retry, container: str, prefix: str) -> Generator[Event, None, list[BlobView]]:
    """What is stored under a prefix. Raises NotFound without the container."""
    return (yield from retry.ask("list the outputs", lambda: list(blobs.list_blobs(container, prefix))))


def remove_blobs(
    blobs: BlobPort, retry: Retry, container: str, views: Iterable[BlobView]
) -> Generator[Event, None, None]:
    """Delete the blobs that were listed, as far as they are there."""
    names = deque(view.name for view in views)
    for step in crew(names, partial(_delete, blobs, container), lambda name: f"delete {name}", retry, WORKERS):
        if not isinstance(step, Done):
            yield step


def _delete(blobs: BlobPort, container: str, name: str, _check: Callable[[], None]) -> None:
    with suppress(NotFound):
        blobs.delete_blob(container, name)
