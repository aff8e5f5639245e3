"""Read what is live beside a program, as far as its plan needs it: a handful of requests, whatever the job's size."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from batchspec.errors import NotFound, UsageError
from batchspec.planning.change import Action, Plan
from batchspec.planning.jobs import ENDED
from batchspec.planning.live import Live
from batchspec.planning.plan import has_run, plan
from batchspec.planning.pools import restarts
from batchspec.planning.tasks import need_bodies
from batchspec.run.context import Options, Run, same_id
from batchspec.run.events import Event
from batchspec.run.names import common_prefix
from batchspec.run.retry import quietly, retrying

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

T = TypeVar("T")


def planned(run: Run) -> Generator[Event, None, tuple[Plan, Live]]:
    """The plan of a program, and the live state that it was made from.

    Raises ServiceError, and UsageError when another run is asked for and the newest one has not ended.
    """
    live = yield from _job(run)
    made = _plan(run, live)
    over = has_run(live, made.changes)
    if run.options.rerun and live.job is not None and not over and live.job.state not in ENDED:
        _need_end(made, live.job.id)
    live = (yield from _own_pool(run, live)) if over else (yield from _surroundings(run, live))
    made = _plan(run, live)
    change, own, view = made.of("pool"), run.program.pool, live.pool
    if change is None or own is None or view is None:
        return made, live
    if change.action is Action.REPLACE or (over and run.program.finish.pool != "keep"):
        live = replace(live, users=(yield from _users(run, change.id)))
    in_place = change.action in (Action.UPDATE, Action.NOTHING) and view.current_nodes
    if in_place and restarts(own.body, view, change.differences):
        live = replace(live, broken=(yield from _broken(run, change.id)))
    return _plan(run, live), live


def _plan(run: Run, live: Live) -> Plan:
    return plan(run.program, live, adopt=run.options.adopt, rerun=run.options.rerun)


def _need_end(made: Plan, job_id: str) -> None:
    """A job that runs may be taken up by the same command again; it is not ended for another run."""
    change = made.of("job")
    if change is not None and change.action is Action.REPLACE:
        message = f'job "{job_id}" has not ended; --rerun makes the next run only then'
        raise UsageError(message, 'wait until it has with "batchspec wait", or end it with "batchspec cancel"')


def plan_of(
    program: Program,
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Plan:
    """What an apply would do. Raises ServiceError."""
    made, _live = quietly(planned(Run(program, batch, blobs, clock, retrying(clock), options)))
    return made


def _job(run: Run) -> Generator[Event, None, Live]:
    """The job or the schedule, and the tasks when their hash does not say that they are the spec's."""
    program, batch = run.program, run.batch
    live = Live(coming=run.options.coming, now=run.clock.now())
    if program.schedule is not None:
        schedule_id = str(program.schedule.body.id)
        view = yield from _or_none(run, f"job schedule {schedule_id}", lambda: batch.get_schedule(schedule_id))
        return replace(live, schedule=view)
    if program.job is None:
        return live
    job = yield from _or_none(run, f"job {run.job_id}", lambda: batch.get_job(run.job_id))
    if job is None or job.state == "deleting":
        return replace(live, job=job)
    counts = yield from run.retry.ask("count tasks", lambda: batch.count_tasks(run.job_id))
    live = replace(live, job=job, counts=counts)
    if need_bodies(program, job, counts):
        found = yield from run.retry.ask(
            "list tasks", lambda: {str(body["id"]): body for body in batch.task_bodies(run.job_id)}
        )
        live = replace(live, tasks=found)
    return live


def _surroundings(run: Run, live: Live) -> Generator[Event, None, Live]:
    """The pool and the files."""
    program, batch = run.program, run.batch
    live = yield from _own_pool(run, live)
    pool_id = program.pool_id
    if program.pool_info is not None and pool_id is not None and run.own_pool is None:
        live = replace(live, named=(yield from _or_none(run, f"pool {pool_id}", lambda: batch.get_pool(pool_id))))
    return replace(live, unstored=(yield from _unstored(run)))


def _own_pool(run: Run, live: Live) -> Generator[Event, None, Live]:
    if run.program.pool is None:
        return live
    own_id = str(run.program.pool.body.id)
    return replace(live, pool=(yield from _or_none(run, f"pool {own_id}", lambda: run.batch.get_pool(own_id))))


def _broken(run: Run, pool_id: str) -> Generator[Event, None, tuple[str, ...]]:
    nodes = yield from run.retry.ask(f"nodes of pool {pool_id}", lambda: run.batch.list_nodes(pool_id))
    return tuple(node.id for node in nodes if node.state == "starttaskfailed")


def _unstored(run: Run) -> Generator[Event, None, frozenset[str]]:
    """The blobs that the container does not have, or has with another size."""
    wanted = {item.blob: item.size for item in run.program.uploads}
    if not wanted:
        return frozenset()
    container, prefix = run.program.container, common_prefix(wanted)
    stored = yield from _or_none(
        run, "list the container", lambda: {blob.name: blob.size for blob in run.blobs.list_blobs(container, prefix)}
    )
    return frozenset(blob for blob, size in wanted.items() if (stored or {}).get(blob) != size)


def _users(run: Run, pool_id: str) -> Generator[Event, None, tuple[str, ...]]:
    own = run.program.job_id
    jobs = yield from run.retry.ask(f"jobs of pool {pool_id}", lambda: run.batch.list_jobs(pool_id))
    return tuple(job_id for job_id in jobs if own is None or not same_id(job_id, own))


def _or_none(run: Run, what: str, request: Callable[[], T]) -> Generator[Event, None, T | None]:
    try:
        return (yield from run.retry.ask(what, request))
    except NotFound:
        return None
