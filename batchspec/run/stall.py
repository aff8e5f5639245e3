"""Why nothing can ever move any more. Looked for when nothing moves, so that no command hangs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, field

from batchspec.errors import NotFound
from batchspec.ports import Fault, JobView, NodeView, PoolView
from batchspec.run.context import Run, explained, finding
from batchspec.run.events import Event, Found, PoolMoved
from batchspec.run.follow import node_tail
from batchspec.run.report import Finding

UNUSABLE_GRACE = 120.0  # seconds; the service sometimes brings an unusable node back
_BAD = ("starttaskfailed", "unusable")


@dataclass
class Health:
    """What was seen and told of the pool so far."""

    told: set[str] = field(default_factory=set)
    shown: PoolMoved | None = None
    bad_since: float | None = None


def dead_job(run: Run, view: JobView | None) -> Finding | None:
    """The finding when the job itself has ended, or will not go on."""
    made, name = run.program.job, f'job "{run.job_id}"'
    if view is None or view.state == "deleting":
        return finding("BS807", made, f"{name} was deleted before its tasks had run")
    if view.state in ("disabled", "disabling"):
        hint = 'enable the job, or remove it with "batchspec destroy"'
        return finding("BS807", made, f"{name} was disabled before its tasks had run", hint)
    if view.state == "completed":
        reason = view.terminate_reason or (view.fault.message if view.fault else "")
        return finding(
            "BS807",
            made,
            f"{name} ended before its tasks had run" + (f": {reason.rstrip('.')}" if reason else ""),
            'remove it with "batchspec destroy" to run it again',
        )
    return None


def diagnose(run: Run, health: Health) -> Generator[Event, None, tuple[Finding, ...]]:
    """The reasons why the pool will never run the tasks that wait; none while there is hope."""
    try:
        pool = yield from run.retry.ask("pool", lambda: run.batch.get_pool(run.pool_id))
        nodes = yield from run.retry.ask("nodes", lambda: run.batch.list_nodes(run.pool_id))
    except NotFound:
        return (finding("BS810", run.program.pool, f'pool "{run.pool_id}" was deleted'),)
    if pool.state == "deleting":
        return (finding("BS810", run.program.pool, f'pool "{run.pool_id}" is being deleted'),)
    yield from _show(health, pool, nodes)

    settled = pool.allocation == "steady"
    # Whoever asked for no nodes gets none; those that are still leaving take no task any more.
    emptied = pool.target_nodes == 0 and pool.allocation != "stopping"
    if not pool.autoscale and (emptied or (settled and not nodes)):
        return (_no_nodes(run, pool),)
    findings: list[Finding] = []
    bad = [node for node in nodes if node.state in _BAD]
    for node in bad:
        if node.id not in health.told:
            health.told.add(node.id)
            found = yield from _bad_node(run, node)
            findings.append(found)
    prepared = yield from _failed_preparations(run, health, findings)
    if bad:
        health.bad_since = health.bad_since if health.bad_since is not None else run.clock.monotonic()
    else:
        health.bad_since = None

    hopeless = settled and bool(nodes) and all(node.state in _BAD or node.id in prepared for node in nodes)
    if hopeless and any(node.state == "unusable" for node in nodes):
        hopeless = run.clock.monotonic() - (health.bad_since or 0.0) >= UNUSABLE_GRACE
    for found in findings:
        yield Found(found)
    if not hopeless:
        return ()
    return (_hopeless(run, nodes, prepared),)


def _hopeless(run: Run, nodes: Sequence[NodeView], prepared: Collection[str]) -> Finding:
    hint = 'mend the spec, then "batchspec destroy" and apply again'
    many = "its only node" if len(nodes) == 1 else f"any of its {len(nodes)} nodes"
    message = f'pool "{run.pool_id}" can run no task: %s {many}'
    if all(node.id in prepared for node in nodes):
        return finding("BS806", run.program.job, message % "the job preparation task failed on", hint)
    if all(node.state == "starttaskfailed" for node in nodes):
        return finding("BS803", run.program.pool, message % "the start task failed on", hint)
    return finding("BS804", run.program.pool, message % "no task can run on", hint)


def _no_nodes(run: Run, pool: PoolView) -> Finding:
    made, name = run.program.pool, f'pool "{run.pool_id}"'
    if not pool.resize_errors:
        doing = "has no nodes and asks for none" if pool.allocation == "steady" else "is being resized to no nodes"
        return finding("BS805", made, f"{name} {doing}", "give it nodes")
    fault = pool.resize_errors[0]
    return finding("BS805", made, f"{name} got no nodes: {_of(fault)}", _resize_hint(fault))


def _resize_hint(fault: Fault) -> str:
    if "quota" in fault.code.lower():
        return "ask for more quota of this VM size, or take a size or a region that has some left"
    return 'resize the pool, or remove it with "batchspec destroy" and apply again'


def _bad_node(run: Run, node: NodeView) -> Generator[Event, None, Finding]:
    made = run.program.pool
    if node.state == "starttaskfailed":
        excerpt = yield from node_tail(run, node.id, "startup")
        how = _how(node.start_task_exit_code, node.start_task_fault)
        return finding("BS803", made, f'the start task failed on node "{node.id}"{how}', None, excerpt)
    why = f": {_of(node.errors[0])}" if node.errors else ""
    return finding("BS804", made, f'node "{node.id}" is unusable{why}')


def _failed_preparations(run: Run, health: Health, findings: list[Finding]) -> Generator[Event, None, frozenset[str]]:
    if run.program.job.body.job_preparation_task is None:
        return frozenset()
    views = yield from run.retry.ask("job preparation", lambda: run.batch.list_preparations(run.job_id))
    failed = [view for view in views if view.state == "completed" and view.succeeded is False]
    for view in failed:
        if (key := f"prepare {view.node_id}") not in health.told:
            health.told.add(key)
            excerpt = (yield from node_tail(run, view.node_id, view.root)) if view.root else ""
            how = _how(view.exit_code, view.fault)
            text = f'the job preparation task failed on node "{view.node_id}"{how}'
            findings.append(finding("BS806", run.program.job, text, None, excerpt))
    return frozenset(view.node_id for view in failed)


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
