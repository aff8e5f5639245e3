"""Why nothing can ever move any more. Looked for when nothing moves, so that no command hangs.

The reasons themselves are those of `batchspec.run.why`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from batchspec.errors import NotFound
from batchspec.ports import NodeView, PoolView, PrepView
from batchspec.run.blocked import Dependents
from batchspec.run.context import Run, finding
from batchspec.run.events import Event, Found, PoolMoved
from batchspec.run.report import Finding
from batchspec.run.tails import node_tail
from batchspec.run.why.job import dead_job, deleted_job, ended_job
from batchspec.run.why.pool import BACK, Trouble, empty, hopeless, troubles
from batchspec.run.why.slots import misfits, takers

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

__all__ = ["Health", "dead_job", "deleted_job", "diagnose", "ended_job"]

UNUSABLE_GRACE = 120.0  # seconds; the service sometimes brings an unusable node back
_TOLD = 20  # tasks that are named one by one


@dataclass
class Health:
    """What was seen and told of the pool so far."""

    told: set[tuple[str, str]] = field(default_factory=set)
    shown: PoolMoved | None = None
    unusable_since: float | None = None
    takers: list[Made[Any]] | None = None  # the tasks that may fit no node

    def out_of_grace(self, now: float, nodes: Sequence[NodeView]) -> bool:
        """Whether the service has had its time to bring unusable nodes back. now: seconds of the clock."""
        if all(node.state not in BACK for node in nodes):
            self.unusable_since = None
            return True
        self.unusable_since = now if self.unusable_since is None else self.unusable_since
        return now - self.unusable_since >= UNUSABLE_GRACE


def diagnose(run: Run, health: Health) -> Generator[Event, None, tuple[Finding, ...]]:
    """The reasons why the pool will never run the tasks that wait; none while there is hope."""
    pool_id = run.pool_id
    if pool_id is None:
        return ()  # the service has still to make it
    try:
        pool = yield from run.retry.ask("pool", lambda: run.batch.get_pool(pool_id))
        nodes = yield from run.retry.ask("nodes", lambda: run.batch.list_nodes(pool_id))
    except NotFound:
        return (finding("BS810", run.pool_place, f'pool "{run.pool_id}" was deleted'),)
    if pool.state == "deleting":
        return (finding("BS810", run.pool_place, f'pool "{run.pool_id}" is being deleted'),)
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
    hint = 'mend the spec, then "batchspec destroy" and apply again'
    findings = []
    for trouble in troubles:
        node_ids = list(trouble.nodes)
        excerpt = yield from _excerpt(run, trouble, node_ids[0])
        text = f'{trouble.text(node_ids)}: pool "{run.pool_id}" can run no task'
        findings.append(finding(trouble.code, trouble.made, text, hint, excerpt))
    return tuple(findings)


def _excerpt(run: Run, trouble: Trouble, node_id: str) -> Generator[Event, None, str]:
    _, folder = trouble.nodes[node_id]
    return (yield from node_tail(run, node_id, folder)) if folder else ""


def _show(health: Health, pool: PoolView, nodes: Sequence[NodeView]) -> Generator[Event, None, None]:
    states = dict(sorted(Counter(node.state for node in nodes).items()))
    moved = PoolMoved(pool.id, pool.allocation, pool.target_nodes, pool.current_nodes, states)
    if moved != health.shown:
        health.shown = moved
        yield moved
