"""Why a pool runs no task: it has no nodes, or what its nodes have gone through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchspec.compiler import ends
from batchspec.ports import Fault, NodeView, PoolView, PrepView
from batchspec.run.context import Run, explained, finding
from batchspec.run.report import Finding
from batchspec.run.resize import formula_of

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

_UNUSABLE = {
    "unusable": "the service calls %s unusable",
    "unknown": "the service has lost contact with %s",
    "offline": "somebody has disabled scheduling on %s",
    "deallocated": "somebody has deallocated %s",
}
BACK = frozenset(("unusable", "unknown"))  # the states that the service sometimes brings a node back from
_MEND = {
    "BS803": "mend the start task, if it is at fault, and apply again: these nodes are rebooted then",
    "BS804": 'bring them back in the portal or with "az batch node", or "batchspec destroy" and apply for others',
    "BS806": 'mend job.prepare and apply again; if it need not change, "batchspec destroy" first',
}
NAMED = 3  # nodes with the same trouble that are named one by one


def gone(run: Run, pool: PoolView | None) -> Finding | None:
    """The finding when the pool is not there any more, or soon will not be."""
    if pool is not None and pool.state != "deleting":
        return None
    what = "was deleted" if pool is None else "is being deleted"
    hint = "apply again: it is made anew, and the job goes on in it" if run.own_pool is not None else None
    return finding("BS810", run.pool_place, f'pool "{run.pool_id}" {what}', hint)


def empty(run: Run, pool: PoolView, nodes: Sequence[NodeView]) -> Finding | None:
    """The finding when the pool has no nodes and gets none by itself."""
    settled = pool.allocation == "steady"
    # Whoever asked for no nodes gets none; those that are still leaving take no task any more.
    emptied = pool.target_nodes == 0 and pool.allocation != "stopping"
    if not pool.autoscale:
        return _no_nodes(run, pool) if emptied or (settled and not nodes) else None
    problem = _no_more(run, pool) if emptied else None
    if problem is None and settled and not nodes and pool.target_nodes and _fixed(pool):
        return _no_nodes(run, pool)
    return problem


def troubles(run: Run, nodes: Sequence[NodeView], preparations: Sequence[PrepView]) -> tuple[Trouble, ...]:
    """What keeps nodes from running tasks, each kind once."""
    return (*_start_task(run, nodes), *_unusable(run, nodes), *_preparation(run, nodes, preparations))


def hopeless(pool: PoolView, nodes: Sequence[NodeView], found: Sequence[Trouble]) -> bool:
    """Whether no node is left that could run a task, and none is coming."""
    bad = {node_id for trouble in found for node_id in trouble.nodes}
    return pool.allocation == "steady" and bool(nodes) and all(node.id in bad for node in nodes)


@dataclass(frozen=True)
class Trouble:
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


def no_task(run: Run, trouble: Trouble, excerpt: str) -> Finding:
    """The finding when no node is left that could run one."""
    what = "no task of this job" if trouble.code == "BS806" else "no task"
    text = f'pool "{run.pool_id}" can run {what}: {trouble.text(list(trouble.nodes))}'
    return finding(trouble.code, trouble.made, text, _MEND[trouble.code], excerpt)


def _start_task(run: Run, nodes: Sequence[NodeView]) -> Iterator[Trouble]:
    failed = {
        node.id: (_how(node.start_task_exit_code, node.start_task_fault), "startup")
        for node in nodes
        if node.state == "starttaskfailed"
    }
    if failed:
        yield Trouble("BS803", run.pool_place, "the start task failed on %s", failed)


def _unusable(run: Run, nodes: Sequence[NodeView]) -> Iterator[Trouble]:
    for state, text in _UNUSABLE.items():
        found = {
            node.id: (f": {of_fault(node.errors[0])}" if node.errors else "", None)
            for node in nodes
            if node.state == state
        }
        if found:
            yield Trouble("BS804", run.pool_place, text, found)


def _preparation(run: Run, nodes: Sequence[NodeView], views: Sequence[PrepView]) -> Iterator[Trouble]:
    there = {node.id for node in nodes}
    failed = {
        view.node_id: (_how(view.exit_code, view.fault), view.root)
        for view in views
        if view.node_id in there and view.state == "completed" and view.succeeded is False
    }
    if failed:
        yield Trouble("BS806", run.job, "the job preparation task failed on %s", failed)


def _no_nodes(run: Run, pool: PoolView) -> Finding:
    found = short(run, pool)
    if found is not None:
        return found
    doing = "has no nodes and asks for none" if pool.allocation == "steady" else "is being resized to no nodes"
    return finding("BS805", run.pool_place, f'pool "{run.pool_id}" {doing}', "give it nodes")


def short(run: Run, pool: PoolView) -> Finding | None:
    """The finding when the service did not give the pool all of its nodes, or its formula could not say how many."""
    made, name = run.pool_place, f'pool "{run.pool_id}"'
    if pool.resize_errors and (pool.current_nodes < pool.target_nodes or not pool.current_nodes):
        fault = pool.resize_errors[0]
        got = f"{pool.current_nodes:,} of {pool.target_nodes:,}" if pool.current_nodes else "no"
        code = f" ({fault.code})" if fault.message else ""
        return finding("BS805", made, f"{name} got {got} nodes: {of_fault(fault)}{code}", _resize_hint(fault))
    error = (pool.body.get("autoScaleRun") or {}).get("error") if pool.autoscale else None
    if error:
        more = {one.get("name"): one.get("value") for one in error.get("values") or ()}
        told = explained(str(error.get("message") or error.get("code")), {"Reason": more.get("Message") or ""})
        return finding("BS805", made, f"the formula of {name} failed: {told}", "mend nodes.autoscale.formula")
    return None


def _fixed(pool: PoolView) -> bool:
    """Whether its formula gives fixed numbers until an end: it does not wait for the user's to give others."""
    held = ends.read(formula_of(pool))
    return held is not None and not held.own


def _no_more(run: Run, pool: PoolView) -> Finding | None:
    if not ends.lifetime_over(formula_of(pool), run.clock.now()):
        return None
    hint = "apply the spec again for nodes and a lifetime anew, or raise pool.lifetime"
    return finding("BS805", run.pool_place, f'pool "{run.pool_id}" has no nodes any more: its lifetime is over', hint)


def _resize_hint(fault: Fault) -> str:
    if "quota" in fault.code.lower():
        return "ask for more quota of this VM size and apply again, or take a size or a region that has some left"
    return "apply again: the nodes are asked for once more"


def _how(exit_code: int | None, fault: Fault | None) -> str:
    if exit_code:
        return f" with exit code {exit_code}"
    return f": {of_fault(fault)}" if fault else ""


def of_fault(fault: Fault) -> str:
    return explained(fault.message or fault.code, fault.details)
