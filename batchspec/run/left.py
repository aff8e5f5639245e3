"""What carries a spec's mark, is live, and is not in the spec as it is now: it costs, and nobody speaks of it.

The mark is the spec's name. The same spec with other parameters carries it, too, so that this is told, and left alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from batchspec.errors import Refused
from batchspec.planning.jobs import OVER
from batchspec.planning.live import Left
from batchspec.planning.owner import ours
from batchspec.ports import JobView, PoolView, ScheduleView
from batchspec.run.context import Run, same_id
from batchspec.run.events import Event
from batchspec.run.reruns import is_run


def left(run: Run) -> Generator[Event, None, tuple[Left, ...]]:
    """Look for it: two requests, as long as the account has no more than a thousand of each. Raises ServiceError."""
    program, batch = run.program, run.batch
    try:
        pools = yield from run.retry.ask("list pools", lambda: list(batch.list_pools()))
        if program.schedule is None:
            jobs = yield from run.retry.ask("list jobs", lambda: list(batch.find_jobs(live=True)))
            return (*_pools(run, pools), *_jobs(run, jobs))
        schedules = yield from run.retry.ask("list job schedules", lambda: list(batch.list_schedules()))
        return (*_pools(run, pools), *_schedules(run, schedules))
    except Refused:  # who may not list may still apply
        return ()


def _pools(run: Run, views: Iterable[PoolView]) -> Iterator[Left]:
    own = run.program.pool
    named = [run.program.pool_id, None if own is None else str(own.body.id)]
    for view in views:
        if view.state != "deleting" and not _in(view.id, named) and ours(run.program, view.metadata):
            yield Left("pool", view.id, view.current_nodes)


def _jobs(run: Run, views: Iterable[JobView]) -> Iterator[Left]:
    for view in views:
        own = run.program.job is not None and is_run(view.id, view.metadata, run.base_id)
        if view.state not in OVER and not own and ours(run.program, view.metadata):
            yield Left("job", view.id)


def _schedules(run: Run, views: Iterable[ScheduleView]) -> Iterator[Left]:
    assert run.program.schedule is not None, "it is asked for beside another"
    named = [str(run.program.schedule.body.id)]
    for view in views:
        if view.state not in OVER and not _in(view.id, named) and ours(run.program, view.metadata):
            yield Left("job schedule", view.id)


def _in(name: str, ids: Iterable[str | None]) -> bool:
    return any(same_id(name, one) for one in ids)
