"""Read what is live beside a program, as far as its plan needs it: a handful of requests, whatever the job's size."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from batchspec.errors import NotFound
from batchspec.plan.change import Action, Plan
from batchspec.plan.live import Live
from batchspec.plan.plan import has_run, plan
from batchspec.plan.tasks import need_bodies
from batchspec.run.context import Options, Run, same_id
from batchspec.run.events import Event
from batchspec.run.names import common_prefix
from batchspec.run.retry import quietly, retrying

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

T = TypeVar("T")


def planned(run: Run) -> Generator[Event, None, tuple[Plan, Live]]:
    """The plan of a program, and the live state that it was made from. Raises ServiceError."""
    live = yield from _job(run)
    made = plan(run.program, live, adopt=run.options.adopt)
    if has_run(live, made.changes):
        return made, live  # it needs no pool and no files
    live = yield from _surroundings(run, live)
    made = plan(run.program, live, adopt=run.options.adopt)
    change = made.of("pool")
    if change is not None and change.action is Action.REPLACE:
        live = replace(live, users=(yield from _users(run, change.id)))
        made = plan(run.program, live, adopt=run.options.adopt)
    return made, live


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
    if program.pool is not None:
        own_id = str(program.pool.body.id)
        live = replace(live, pool=(yield from _or_none(run, f"pool {own_id}", lambda: batch.get_pool(own_id))))
    pool_id = program.pool_id
    if program.pool_info is not None and pool_id is not None and run.own_pool is None:
        live = replace(live, named=(yield from _or_none(run, f"pool {pool_id}", lambda: batch.get_pool(pool_id))))
    return replace(live, unstored=(yield from _unstored(run)))


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
