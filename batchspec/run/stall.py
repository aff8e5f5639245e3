"""Why nothing can ever move any more. Looked for when nothing moves, so that no command hangs.

The reasons themselves are those of `batchspec.run.why`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from batchspec.errors import NotFound
from batchspec.planning.jobs import HALTED
from batchspec.ports import DRAINED_KEY, JobView, NodeView, PoolView, PrepView
from batchspec.run.absent import or_none
from batchspec.run.blocked import Dependents
from batchspec.run.context import Run, finding
from batchspec.run.events import Event, Found, PoolMoved
from batchspec.run.incomplete import GRACE, Completing, is_incomplete
from batchspec.run.report import Finding
from batchspec.run.tails import node_tail
from batchspec.run.why.job import dead_job, incomplete_job
from batchspec.run.why.pool import BACK, Trouble, empty, gone, hopeless, no_task, short, troubles
from batchspec.run.why.slots import misfits, takers

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

UNUSABLE_GRACE = 120.0  # seconds; the service sometimes brings an unusable node back
_TOLD = 20  # tasks that are named one by one
_LOOK = 15.0  # seconds between looks at a job and a pool where nothing runs


@dataclass
class Health:
    """What was seen and told of the pool so far."""

    told: set[tuple[str, str]] = field(default_factory=set)
    shown: PoolMoved | None = None
    unusable_since: float | None = None
    paused_since: float | None = None
    takers: list[Made[Any]] | None = None  # the tasks that may fit no node

    def out_of_grace(self, now: float, nodes: Sequence[NodeView]) -> bool:
        """Whether the service has had its time to bring unusable nodes back. now: seconds of the clock."""
        if all(node.state not in BACK for node in nodes):
            self.unusable_since = None
            return True
        self.unusable_since = now if self.unusable_since is None else self.unusable_since
        return now - self.unusable_since >= UNUSABLE_GRACE


def pausing(run: Run, health: Health, job: JobView | None, *, running: bool) -> Generator[Event, None, bool]:
    """Whether a job that is disabled may go on: some of its tasks run, or an apply may be replacing its pool.

    Nobody says that he is at it; but who is needs no more than a moment once the old pool is gone.
    """
    pool_id = job.metadata.get(DRAINED_KEY) if job is not None else None
    if job is None or job.state not in HALTED or running or pool_id is None:
        health.paused_since = None
        return job is not None and job.state in HALTED and running
    pool = yield from or_none(run.retry, "pool", lambda: run.batch.get_pool(pool_id))
    now = run.clock.monotonic()
    if health.paused_since is None or (pool is not None and pool.state == "deleting"):
        health.paused_since = now
    return now - health.paused_since < GRACE


@dataclass
class Stall:
    """Looks now and then, while no task of a job runs, whether one ever will."""

    run: Run
    health: Health = field(default_factory=Health)
    completing: Completing = field(default_factory=Completing)
    next_look: float = 0.0

    def reasons(self, job: JobView) -> Generator[Event, None, tuple[Finding, ...]]:
        """Why nothing will; none while there is hope, and when it was looked just before."""
        now = self.run.clock.monotonic()
        if now < self.next_look:
            return ()
        self.next_look = now + _LOOK
        run = self.run if self.run.pool_id or not job.pool_id else replace(self.run, found_pool=job.pool_id)
        if (yield from pausing(run, self.health, job, running=False)):
            return ()
        dead = dead_job(run, job)
        found = (dead,) if dead is not None else (yield from diagnose(run, self.health))
        if not found and is_incomplete(run, job) and (yield from self.completing.abandoned(run)):
            return (incomplete_job(run, self.completing.counts),)
        return found


def diagnose(run: Run, health: Health) -> Generator[Event, None, tuple[Finding, ...]]:
    """The reasons why the pool will never run the tasks that wait; none while there is hope."""
    pool_id = run.pool_id
    if pool_id is None:
        return ()  # the service has still to make it
    pool: PoolView | None
    try:
        pool = yield from run.retry.ask("pool", lambda: run.batch.get_pool(pool_id))
        nodes = yield from run.retry.ask("nodes", lambda: run.batch.list_nodes(pool_id))
    except NotFound:
        pool, nodes = None, []
    problem = gone(run, pool)
    if pool is None or problem is not None:
        return () if problem is None else (problem,)
    yield from _show(health, pool, nodes)
    problem = empty(run, pool, nodes)
    if problem is not None:
        return (problem,)
    found = troubles(run, nodes, (yield from _preparations(run)))
    if hopeless(pool, nodes, found) and health.out_of_grace(run.clock.monotonic(), nodes):
        return (yield from _hopeless(run, found))
    for trouble in found:
        news = [node_id for node_id in trouble.nodes if (trouble.code, node_id) not in health.told]
        if news:
            health.told.update((trouble.code, node_id) for node_id in news)
            excerpt = yield from _excerpt(run, trouble, news[0])
            yield Found(finding(trouble.code, trouble.made, trouble.text(news), None, excerpt))
    lacking = short(run, pool)
    if lacking is not None and ("", lacking.diagnostic.message) not in health.told:
        health.told.add(("", lacking.diagnostic.message))
        yield Found(lacking)
    return (yield from _misfits(run, health, pool))


def _preparations(run: Run) -> Generator[Event, None, list[PrepView]]:
    if run.job.body.job_preparation_task is None:
        return []
    return (yield from run.retry.ask("job preparation", lambda: run.batch.list_preparations(run.job_id)))


def _misfits(run: Run, health: Health, pool: PoolView) -> Generator[Event, None, tuple[Finding, ...]]:
    """The tasks that fit no node, when all that is left to run is them and what waits for them."""
    health.takers = takers(run.program) if health.takers is None else health.takers
    found = misfits(run, pool, health.takers)
    if not found:
        return ()
    views = yield from run.retry.ask("list tasks", lambda: list(run.batch.list_tasks(run.job_id)))
    left = {view.id for view in views if view.state != "completed"}
    stuck = {task_id for task_id in found if task_id in left}
    if not stuck or not left <= stuck | Dependents(run.program.tasks).behind(stuck):
        return ()
    return tuple(found[task_id] for task_id in found if task_id in stuck)[:_TOLD]


def _hopeless(run: Run, troubles: Sequence[Trouble]) -> Generator[Event, None, tuple[Finding, ...]]:
    findings: tuple[Finding, ...] = ()
    for trouble in troubles:
        excerpt = yield from _excerpt(run, trouble, next(iter(trouble.nodes)))
        findings += (no_task(run, trouble, excerpt),)
    return findings


def _excerpt(run: Run, trouble: Trouble, node_id: str) -> Generator[Event, None, str]:
    _, folder = trouble.nodes[node_id]
    return (yield from node_tail(run, node_id, folder)) if folder else ""


def _show(health: Health, pool: PoolView, nodes: Sequence[NodeView]) -> Generator[Event, None, None]:
    states = dict(sorted(Counter(node.state for node in nodes).items()))
    moved = PoolMoved(pool.id, pool.allocation, pool.target_nodes, pool.current_nodes, states)
    if moved != health.shown:
        health.shown = moved
        yield moved
