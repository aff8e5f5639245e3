"""Read what is live beside a program, as far as its plan needs it: a handful of requests, whatever the job's size."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from batchspec.compiler.members import is_open
from batchspec.errors import UsageError
from batchspec.planning.change import Action, Plan
from batchspec.planning.jobs import ENDED, OVER
from batchspec.planning.live import Live
from batchspec.planning.owner import ours
from batchspec.planning.plan import has_run, plan
from batchspec.planning.tasks import compare, need_bodies
from batchspec.ports import ASKED
from batchspec.run.absent import or_none
from batchspec.run.context import Options, Run, same_id
from batchspec.run.events import Event
from batchspec.run.left import left
from batchspec.run.names import common_prefix
from batchspec.run.reruns import preceding
from batchspec.run.retry import quietly

if TYPE_CHECKING:
    from batchspec.compiler.program import Made, Program
    from batchspec.ports import BatchPort, BlobPort, Clock, Counts, JobView, PoolView, ScheduleView

    _View = PoolView | JobView | ScheduleView

PAGE = 1000  # tasks that the service lists in one answer


def planned(run: Run) -> Generator[Event, None, tuple[Plan, Live]]:
    """The plan of a program, and the live state that it was made from.

    Raises ServiceError, and UsageError when --rerun is asked for of what has not ended.
    """
    live = yield from _job(run)
    made = _plan(run, live)
    over = has_run(live, made.changes)
    if run.options.rerun:
        _need_end(run, live)
    live = replace(live, left=(yield from left(run)))
    live = (yield from _own_pool(run, live)) if over else (yield from _surroundings(run, live))
    made = _plan(run, live)
    change, view = made.of("pool"), live.pool
    if change is None or view is None:
        return made, live
    if change.action is Action.REPLACE or (over and run.program.finish.pool != "keep"):
        live = replace(live, users=(yield from _users(run, change.id)))
    stays = change.action in (Action.UPDATE, Action.RESIZE, Action.NOTHING)
    if stays and view.current_nodes and not over:
        live = replace(live, broken=(yield from _broken(run, change.id)))
    return _plan(run, live), live


def _plan(run: Run, live: Live) -> Plan:
    return plan(run.program, live, adopt=run.options.adopt, rerun=run.options.rerun)


def _need_end(run: Run, live: Live) -> None:
    """What has not ended is neither run again beside itself, nor ended for it, nor taken for what was asked."""
    ways = {"job": 'wait until it has with "batchspec wait", or end', "job schedule": "end"}
    for kind, view, end in (("job", live.job, "makes the next run"), ("job schedule", live.schedule, "makes it anew")):
        if view is not None and view.state not in OVER and ours(run.program, view.metadata):
            message = f'{kind} "{view.id}" has not ended; --rerun {end} only then'
            hint = f'leave --rerun out to go on with it, {ways[kind]} it with "batchspec cancel"'
            raise UsageError(message, hint)


def still(run: Run, made: Plan, live: Live) -> Generator[Event, None, tuple[Plan, Live]]:
    """The plan, and what is live, once somebody has agreed to it: a question may stay open for long.

    Raises UsageError when by now something else would be done, and ServiceError.
    """
    if (yield from _etags(run)) == made.etags:
        return made, live
    before, (again, live) = live, (yield from planned(run))
    if _done(again) != _done(made) or _asked(before) != _asked(live):
        message = f'what is live of "{made.name}" has changed since the plan was made, and nothing was done'
        raise UsageError(message, "run the command again: it shows what it would do now")
    return again, live


def _etags(run: Run) -> Generator[Event, None, dict[str, str]]:
    program, batch = run.program, run.batch
    looks: tuple[tuple[str, Made[Any] | None, Callable[[str], _View]], ...] = (
        ("pool", program.pool, batch.get_pool),
        ("job", program.job, batch.get_job),
        ("job_schedule", program.schedule, batch.get_schedule),
    )
    found = {}
    for kind, made, look in looks:
        if made is not None:
            view = yield from or_none(run.retry, f"{kind} {made.body.id}", partial(look, str(made.body.id)))
            if view is not None:
                found[kind] = view.etag
    return found


def _asked(live: Live) -> list[dict[str, str]]:
    """What the last apply has asked for, of each thing that is there."""
    views = [view for view in (live.pool, live.job, live.schedule) if view is not None]
    return [{key: text for key, text in view.metadata.items() if key in ASKED} for view in views]


def _done(plan: Plan) -> list[tuple[object, ...]]:
    """What is done, without what comes and goes while tasks run."""
    changes = [one for one in plan.changes if one.action is not Action.NOTHING]
    fields = [() if one.kind == "tasks" else one.differences for one in changes]
    ids = [one.ids if one.destroys else () for one in changes]
    return [(one.kind, one.id, one.action, *more) for one, *more in zip(changes, fields, ids, strict=True)]


def plan_of(
    program: Program,
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    options: Options = Options(),  # noqa: B008  # frozen
) -> Plan:
    """What an apply would do. Raises ServiceError."""
    made, _live = quietly(planned(Run.of(program, batch, blobs, clock, options)))
    return made


def _job(run: Run) -> Generator[Event, None, Live]:
    """The job or the schedule, and the tasks when their hash does not say that they are the spec's."""
    program, batch = run.program, run.batch
    live = Live(coming=run.options.coming, now=run.clock.now())
    if program.schedule is not None:
        schedule_id = str(program.schedule.body.id)
        view = yield from or_none(run.retry, f"job schedule {schedule_id}", lambda: batch.get_schedule(schedule_id))
        return replace(live, schedule=view)
    if program.job is None:
        return live
    job = yield from or_none(run.retry, f"job {run.job_id}", lambda: batch.get_job(run.job_id))
    if job is None:
        return replace(live, earlier=(yield from _earlier(run)))
    if job.state == "deleting":
        return replace(live, job=job)
    counts = yield from run.retry.ask("count tasks", lambda: batch.count_tasks(run.job_id))
    live = replace(live, job=job, counts=counts)
    if need_bodies(program, job, counts) or (yield from _others(run, job, counts)):
        compared = partial(compare, program, job)
        found = yield from run.retry.ask("list tasks", lambda: compared(batch.task_bodies(run.job_id)))
        live = replace(live, tasks=found)
    return live


def _earlier(run: Run) -> Generator[Event, None, JobView | None]:
    """The run that has ended, after which the job would be the next."""
    name = preceding(run.job_id, run.base_id)
    if name is None:
        return None
    view = yield from or_none(run.retry, f"job {name}", lambda: run.batch.get_job(name))
    return view if view is not None and view.state in ENDED and ours(run.program, view.metadata) else None


def _others(run: Run, job: JobView, counts: Counts) -> Generator[Event, None, bool]:
    """Whether the job of an unchanged spec holds other tasks than the spec's, or not all of them.

    It is one request for the ids, and so only made where one tells them all: the counts have to do for a larger job.
    """
    ids = run.program.task_ids
    if is_open(run.program) or not counts.total or max(counts.total, len(ids)) > PAGE:
        return False
    states = yield from run.retry.ask("list tasks", lambda: run.batch.task_states(job.id))
    return {task_id.lower() for task_id in states} != {task_id.lower() for task_id in ids}


def _surroundings(run: Run, live: Live) -> Generator[Event, None, Live]:
    """The pool and the files."""
    program, batch = run.program, run.batch
    live = yield from _own_pool(run, live)
    pool_id = program.pool_id
    if program.pool_info is not None and pool_id is not None and run.own_pool is None:
        live = replace(live, named=(yield from or_none(run.retry, f"pool {pool_id}", lambda: batch.get_pool(pool_id))))
    return replace(live, unstored=(yield from _unstored(run)))


def _own_pool(run: Run, live: Live) -> Generator[Event, None, Live]:
    if run.program.pool is None:
        return live
    own_id = str(run.program.pool.body.id)
    return replace(live, pool=(yield from or_none(run.retry, f"pool {own_id}", lambda: run.batch.get_pool(own_id))))


def _broken(run: Run, pool_id: str) -> Generator[Event, None, tuple[str, ...]]:
    nodes = yield from run.retry.ask(f"nodes of pool {pool_id}", lambda: run.batch.list_nodes(pool_id))
    return tuple(node.id for node in nodes if node.state == "starttaskfailed")


def _unstored(run: Run) -> Generator[Event, None, frozenset[str]]:
    """The blobs that the container does not have, or has with another size."""
    wanted = {item.blob: item.size for item in run.program.uploads}
    if not wanted:
        return frozenset()
    container, prefix = run.program.container, common_prefix(wanted)
    stored = yield from or_none(
        run.retry,
        "list the container",
        lambda: {blob.name: blob.size for blob in run.blobs.list_blobs(container, prefix)},
    )
    return frozenset(blob for blob, size in wanted.items() if (stored or {}).get(blob) != size)


def _users(run: Run, pool_id: str) -> Generator[Event, None, tuple[str, ...]]:
    own = run.program.job_id
    jobs = yield from run.retry.ask(f"jobs of pool {pool_id}", lambda: run.batch.list_jobs(pool_id))
    return tuple(job_id for job_id in jobs if own is None or not same_id(job_id, own))
