"""Why nothing can ever move any more. Looked for when nothing moves, so that no command hangs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from batchspec.errors import NotFound
from batchspec.ports import Fault, JobView, NodeView, PoolView
from batchspec.run.context import Run, explained, finding
from batchspec.run.events import Event, Found, PoolMoved
from batchspec.run.follow import node_tail
from batchspec.run.report import Finding

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

UNUSABLE_GRACE = 120.0  # seconds; the service sometimes brings an unusable node back
NAMED = 3  # nodes with the same trouble that are named one by one
# The service's reasons: a job that ran into its limit, and one whose manager task ended it.
_EXPIRED, _MANAGED = "MaxWallClockTimeExpiry", "JMComplete"


@dataclass
class Health:
    """What was seen and told of the pool so far."""

    told: set[tuple[str, str]] = field(default_factory=set)
    shown: PoolMoved | None = None
    unusable_since: float | None = None

    def out_of_grace(self, now: float, nodes: Sequence[NodeView]) -> bool:
        """Whether the service has had its time to bring unusable nodes back. now: seconds of the clock."""
        if all(node.state != "unusable" for node in nodes):
            self.unusable_since = None
            return True
        self.unusable_since = now if self.unusable_since is None else self.unusable_since
        return now - self.unusable_since >= UNUSABLE_GRACE


def dead_job(run: Run, view: JobView | None) -> Finding | None:
    """The finding when the job itself has ended, or will not go on."""
    if view is None or view.state == "deleting":
        return deleted_job(run)
    made, name = run.job, f'job "{run.job_id}"'
    if view.state in ("disabled", "disabling"):
        hint = 'enable the job, or remove it with "batchspec destroy"'
        return finding("BS807", made, f"{name} was disabled before its tasks had run", hint)
    ended = ended_job(run, view)
    if ended is not None:
        return ended
    if view.state == "completed":
        reason = view.terminate_reason or (view.fault.message if view.fault else "")
        return finding(
            "BS807",
            made,
            f"{name} ended before its tasks had run" + (f": {reason.rstrip('.')}" if reason else ""),
            'remove it with "batchspec destroy" to run it again',
        )
    return None


def deleted_job(run: Run) -> Finding:
    """Somebody else's delete, or destroy."""
    message = f'job "{run.job_id}" was deleted while it was watched'
    return finding("BS807", run.job, message, "run the command again to start it anew")


def ended_job(run: Run, view: JobView | None) -> Finding | None:
    """The finding when the job was ended by its own limit, or with its job manager task."""
    if view is None or view.state not in ("terminating", "completed"):
        return None
    made = run.job
    if view.terminate_reason == _MANAGED:
        hint = "to let the other tasks end by themselves, give the manager kill_job_on_completion: false"
        return finding("BS807", made, f'job "{run.job_id}" was ended with its job manager task', hint)
    if view.terminate_reason != _EXPIRED:
        return None
    limit = made.body.constraints.max_wall_clock_time if made.body.constraints else None
    named = f"its limit of {limit.total_seconds():g} seconds" if limit else "its limit"
    hint = 'give it more time; remove it with "batchspec destroy" to run it again'
    return finding("BS807", made, f'job "{run.job_id}" was ended at {named}', hint)


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

    settled = pool.allocation == "steady"
    # Whoever asked for no nodes gets none; those that are still leaving take no task any more.
    emptied = pool.target_nodes == 0 and pool.allocation != "stopping"
    if not pool.autoscale and (emptied or (settled and not nodes)):
        return (_no_nodes(run, pool),)
    troubles = [*_start_task(run, nodes), *_unusable(run, nodes), *(yield from _preparation(run, nodes))]
    bad = {node_id for trouble in troubles for node_id in trouble.nodes}
    hopeless = settled and bool(nodes) and all(node.id in bad for node in nodes)
    if hopeless and health.out_of_grace(run.clock.monotonic(), nodes):
        return (yield from _hopeless(run, troubles))
    for trouble in troubles:
        news = [node_id for node_id in trouble.nodes if (trouble.code, node_id) not in health.told]
        if news:
            health.told.update((trouble.code, node_id) for node_id in news)
            excerpt = yield from _excerpt(run, trouble, news[0])
            yield Found(finding(trouble.code, trouble.made, trouble.text(news), None, excerpt))
    return ()


@dataclass(frozen=True)
class _Trouble:
    """What keeps nodes from running tasks. what: with a place for the nodes.

    nodes: their ids, and of each how it ended, and the folder that it printed to.
    """

    code: str
    made: Made[Any]
    what: str
    nodes: Mapping[str, tuple[str, str | None]]

    def text(self, node_ids: Sequence[str]) -> str:
        """Of some of its nodes, with how it ended on the first."""
        named = ", ".join(f'"{node_id}"' for node_id in node_ids[:NAMED])
        more = f" and {len(node_ids) - NAMED} more" if len(node_ids) > NAMED else ""
        how, _ = self.nodes[node_ids[0]]
        return self.what % f"{'node' if len(node_ids) == 1 else 'nodes'} {named}{more}" + how


def _hopeless(run: Run, troubles: Sequence[_Trouble]) -> Generator[Event, None, tuple[Finding, ...]]:
    hint = 'mend the spec, then "batchspec destroy" and apply again'
    findings = []
    for trouble in troubles:
        node_ids = list(trouble.nodes)
        excerpt = yield from _excerpt(run, trouble, node_ids[0])
        text = f'{trouble.text(node_ids)}: pool "{run.pool_id}" can run no task'
        findings.append(finding(trouble.code, trouble.made, text, hint, excerpt))
    return tuple(findings)


def _excerpt(run: Run, trouble: _Trouble, node_id: str) -> Generator[Event, None, str]:
    _, folder = trouble.nodes[node_id]
    return (yield from node_tail(run, node_id, folder)) if folder else ""


def _start_task(run: Run, nodes: Sequence[NodeView]) -> Iterator[_Trouble]:
    failed = {
        node.id: (_how(node.start_task_exit_code, node.start_task_fault), "startup")
        for node in nodes
        if node.state == "starttaskfailed"
    }
    if failed:
        yield _Trouble("BS803", run.pool_place, "the start task failed on %s", failed)


def _unusable(run: Run, nodes: Sequence[NodeView]) -> Iterator[_Trouble]:
    unusable = {
        node.id: (f": {_of(node.errors[0])}" if node.errors else "", None) for node in nodes if node.state == "unusable"
    }
    if unusable:
        yield _Trouble("BS804", run.pool_place, "the service calls %s unusable", unusable)


def _preparation(run: Run, nodes: Sequence[NodeView]) -> Generator[Event, None, tuple[_Trouble, ...]]:
    if run.job.body.job_preparation_task is None:
        return ()
    views = yield from run.retry.ask("job preparation", lambda: run.batch.list_preparations(run.job_id))
    there = {node.id for node in nodes}
    failed = {
        view.node_id: (_how(view.exit_code, view.fault), view.root)
        for view in views
        if view.node_id in there and view.state == "completed" and view.succeeded is False
    }
    return (_Trouble("BS806", run.job, "the job preparation task failed on %s", failed),) if failed else ()


def _no_nodes(run: Run, pool: PoolView) -> Finding:
    made, name = run.pool_place, f'pool "{run.pool_id}"'
    if not pool.resize_errors:
        doing = "has no nodes and asks for none" if pool.allocation == "steady" else "is being resized to no nodes"
        return finding("BS805", made, f"{name} {doing}", "give it nodes")
    fault = pool.resize_errors[0]
    return finding("BS805", made, f"{name} got no nodes: {_of(fault)}", _resize_hint(fault))


def _resize_hint(fault: Fault) -> str:
    if "quota" in fault.code.lower():
        return "ask for more quota of this VM size, or take a size or a region that has some left"
    return 'resize the pool, or remove it with "batchspec destroy" and apply again'


def _show(health: Health, pool: PoolView, nodes: Sequence[NodeView]) -> Generator[Event, None, None]:
    states = dict(sorted(Counter(node.state for node in nodes).items()))
    moved = PoolMoved(pool.id, pool.allocation, pool.target_nodes, pool.current_nodes, states)
    if moved != health.shown:
        health.shown = moved
        yield moved


def _how(exit_code: int | None, fault: Fault | None) -> str:
    if exit_code:
        return f" with exit code {exit_code}"
    return f": {_of(fault)}" if fault else ""


def _of(fault: Fault) -> str:
    return explained(fault.message or fault.code, fault.details)
