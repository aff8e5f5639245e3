"""What `on_finish` asks for, once the work has ended. The verdict has been told, and no failure here changes it.

Only what is the spec's own and as the spec says is touched; a pool stays as it is while other jobs use it. What is
done here is done at once; where nobody watches the pool's formula (see `batchspec.compiler.ends`) takes its nodes away.
Neither a job nor a pool can be deleted by the service itself: a job completes, and costs nothing then, and a pool
without nodes does not either; they go with the next apply or `batchspec destroy`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from batchspec.compiler import ends
from batchspec.errors import BatchspecError, Conflict, LocalFailure, NotFound, ServiceError
from batchspec.planning.change import Action, Plan
from batchspec.planning.jobs import DONE, OVER
from batchspec.planning.owner import ours
from batchspec.planning.words import still_used
from batchspec.ports import JobView, PoolView
from batchspec.run.context import Run, finding, same_id, unchanged
from batchspec.run.deleting import ask, seen
from batchspec.run.events import Event, Found, Kept
from batchspec.run.notes import note
from batchspec.run.resize import formula_of, resize, scale

if TYPE_CHECKING:
    from batchspec.compiler.program import Made, Program
    from batchspec.ports import BatchPort, BlobPort, Clock

_SOON = 20.0  # seconds to wait for what the pool's formula does anyway in some minutes


def finish(program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock) -> Generator[Event, None, None]:
    """For whoever has stopped watching: do now what on_finish asks for. Raises nothing of the service's.

    A job that is asked to go goes; from under one that stays and goes on no nodes are taken.
    """
    if program.job is None:
        return
    run = Run.of(program, batch, blobs, clock)
    if program.finish.pool != "keep" and program.finish.job == "keep" and (yield from _goes_on(run)):
        yield from left_alone(run, "the job goes on")
    else:
        yield from clean_up(run)


def _goes_on(run: Run) -> Generator[Event, None, bool]:
    """Whether the job still runs, or shall; where nobody can tell it is taken to."""
    try:
        job = yield from _ask_own_job(run)
    except (ServiceError, LocalFailure):
        return True
    return job is not None and job.state not in DONE


def clean_up(run: Run, *, home: bool = True) -> Generator[Event, None, None]:
    """Delete the job, delete the pool or take its nodes away. home: whether all results are; else the job stays.

    A job that has ended goes last: as long as it is there, the next apply knows that its work is done.
    """
    job: JobView | None = None
    if run.program.finish.job == "delete":
        try:
            job = yield from _ask_own_job(run)
        except (ServiceError, LocalFailure) as error:
            yield _not_deleted(run, error)
    over = job is not None and job.state == "completed"
    if job is not None and not over:
        yield from _job_goes(run, partial(_is_own, run), home=home)
    yield from _pool_goes(run)
    if job is not None and over:
        # Waiting for the pool took a while, and another apply may have made the job anew.
        yield from _job_goes(run, lambda now: _is_own(run, now) and now.state in OVER, home=home)


def clean_up_after(run: Run, plan: Plan, *, home: bool) -> Generator[Event, None, None]:
    """Of a job that had completed before: what the plan says of on_finish, and no more. home: as above."""
    pool, job = plan.of("pool"), plan.of("job")
    asked = pool is not None and (pool.due or run.program.finish.pool == "scale_to_zero")
    if asked and pool is not None and pool.action is not Action.NOTHING:
        yield from _pool_goes(run, planned=True)
    if job is not None and job.due:
        yield from _job_goes(run, lambda now: ours(run.program, now.metadata) and now.state in OVER, home=home)


def _job_goes(run: Run, is_it: Callable[[JobView], bool], *, home: bool) -> Generator[Event, None, None]:
    """is_it: whether the job that is there is the one whose work has ended."""

    def stays(view: JobView) -> str | None:
        if not is_it(view):
            return _OTHER
        if not home:
            return "its results are not all here"
        if view.state != "deleting":
            note(run, run.job_id)
        return None

    try:
        with suppress(NotFound):
            kept = yield from ask(run, "job", run.job_id, stays)
            if kept is not None:
                yield Kept("job", run.job_id, kept)
    except (ServiceError, LocalFailure) as error:
        yield _not_deleted(run, error)


def _not_deleted(run: Run, error: BatchspecError) -> Found:
    return _failed(run.job, f'job "{run.job_id}" could not be deleted', error)


def _pool_goes(run: Run, *, planned: bool = False) -> Generator[Event, None, None]:
    """planned: a plan has said so of the pool that is there, whatever spec it was last applied from."""
    asked, made = run.program.finish.pool, run.program.pool
    if asked == "keep":
        return
    if made is None:
        if run.program.pool_id is not None:
            yield Kept("pool", run.program.pool_id, "this spec only uses it")
        return
    try:
        yield from _pool(run, made, delete=asked == "delete", planned=planned)
    except NotFound:
        pass  # nothing is left to do
    except (ServiceError, LocalFailure) as error:
        what = "deleted" if asked == "delete" else "scaled to zero"
        yield _failed(made, f'pool "{made.body.id}" could not be {what}', error)


def left_alone(run: Run, why: str) -> Generator[Event, None, None]:
    """Say what of on_finish is not done now, and what the service does of it by itself."""
    asked, pool = run.program.finish, run.program.pool
    if asked.job != "keep":
        yield Kept("job", run.job_id, f"{why}, and {_LATER}")
    if asked.pool == "keep" or pool is None:
        return
    if not _idles(pool.body):
        yield Kept("pool", str(pool.body.id), f"{why}, so on_finish leaves it")
        return
    then = f", and {_LATER}" if asked.pool == "delete" else ""
    yield Kept("pool", str(pool.body.id), f"{why}; its nodes go by themselves when no task waits or runs{then}")


_OTHER = "it is not the one that this spec describes"
_LATER = 'the next apply after its end or "batchspec destroy" deletes it'


def _idles(body: Any) -> bool:
    """Whether the pool was made with a formula that takes its nodes away."""
    held = ends.read(body.auto_scale_formula)
    return held is not None and held.idle


def _ask_own_job(run: Run) -> Generator[Event, None, JobView | None]:
    return (yield from run.retry.ask(f"job {run.job_id}", partial(_own_job, run)))


def _own_job(run: Run) -> JobView | None:
    try:
        view = run.batch.get_job(run.job_id)
    except NotFound:
        return None
    return view if _is_own(run, view) else None


def _is_own(run: Run, view: JobView) -> bool:
    return ours(run.program, view.metadata) and unchanged(run.job.body, view.metadata)


def _pool(run: Run, made: Made[Any], *, delete: bool, planned: bool) -> Generator[Event, None, None]:
    pool_id = str(made.body.id)

    def stays(view: PoolView) -> str | None:
        if view.state == "deleting":
            return None
        if not ours(run.program, view.metadata) or not (planned or unchanged(made.body, view.metadata)):
            return _OTHER
        # One of our job's id that is not ours needs its pool no less than any other.
        own = _own_job(run)
        others = [job_id for job_id in run.batch.list_jobs(pool_id) if own is None or not same_id(job_id, run.job_id)]
        return still_used(others) if others else None

    if delete:
        kept = yield from ask(run, "pool", pool_id, stays)
    else:
        view, kept = yield from seen(run, "pool", pool_id, stays)
        if kept is None and view.state != "deleting":
            yield from _scale_to_zero(run, made, view)
    if kept is not None:
        yield Kept("pool", pool_id, kept)


def _scale_to_zero(run: Run, made: Made[Any], view: PoolView) -> Generator[Event, None, None]:
    if _idles(made.body):
        yield from _asleep(run, made.body.auto_scale_formula, view)
    elif view.autoscale:
        text = f'pool "{view.id}" could not be scaled to zero: a formula gives its size'
        yield Found(finding("BS812", made, text, "let the formula do it when no task waits"))
    elif view.target_nodes:
        yield from resize(run, view.id, 0, 0)


def _asleep(run: Run, wanted: str, view: PoolView) -> Generator[Event, None, None]:
    live = formula_of(view)
    if live is not None and ends.same_formula(wanted, live):
        if not view.target_nodes:
            return
    else:
        live = ends.wake(wanted, run.clock.now())
    try:
        yield from scale(run, view.id, ends.asleep(live, run.clock.now()), 0, patience=_SOON)
    except Conflict:
        if formula_of(view) is None:
            raise
        yield Kept("pool", view.id, "its nodes go by themselves when no task has waited or run for 10 minutes")


def _failed(made: Made[Any], what: str, error: BatchspecError) -> Found:
    reason = error.message.strip().rstrip(".")
    return Found(finding("BS812", made, f"{what}: {reason}", 'remove it with "batchspec destroy"'))
