"""What becomes of the spec's own pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from batchspec.compiler import ends
from batchspec.diag import Diagnostic
from batchspec.planning import inputs, sizes
from batchspec.planning.change import Action, Change
from batchspec.planning.differences import Difference, differences
from batchspec.planning.live import Live
from batchspec.planning.owner import not_ours, ours, stale
from batchspec.planning.places import Place, first, split
from batchspec.planning.since import since
from batchspec.planning.words import ends_first, listed
from batchspec.ports import PoolView

if TYPE_CHECKING:
    from batchspec.compiler.program import Made, Program

_NODES = frozenset({"target_dedicated_nodes", "target_low_priority_nodes"})


def pool_change(program: Program, live: Live, *, adopt: bool) -> Change | Diagnostic | None:
    """What is done to the pool, or why it cannot be."""
    made, view = program.pool, live.pool
    if made is None:
        return None
    pool_id = str(made.body.id)
    if view is None:
        return Change("pool", pool_id, Action.CREATE, ("there is none",))
    foreign = not ours(program, view.metadata)
    if foreign and not adopt:
        return not_ours("pool", made)
    if view.state == "deleting":
        return Change("pool", pool_id, Action.CREATE, ("the one that is there is being deleted, which is waited for",))
    found = compared(made.body, view)
    by_place = split("pool", program.api_version, found)
    size, others = sizes.told(made.body, view, found)
    reasons = [*size, *inputs.reasons("pool", others, program)]
    if foreign:
        reasons.insert(0, "it is taken over, though this spec did not make it")
    if Place.NEVER in by_place or (Place.EMPTY in by_place and (view.current_nodes or view.target_nodes)):
        why = "this cannot change in place" + (" while it has nodes" if Place.NEVER not in by_place else "")
        return _replaced(made, live, found, [*reasons, why])
    asleep = _asleep(made.body, live) if Place.RESIZE not in by_place else ""
    if asleep:
        reasons.append(asleep)
    if live.broken:
        reasons.append(f"the start task failed on {_nodes(len(live.broken))}")
    if not live.broken and (set(by_place) == {Place.RESIZE} or (asleep and not found)):
        action, cost = Action.RESIZE, _fewer(made.body, view)
    elif found or foreign or live.broken:
        action, cost = Action.UPDATE, _restart(found, view, len(live.broken))
    else:
        action, cost = Action.NOTHING, ""
    return Change("pool", pool_id, action, tuple(reasons), cost, tuple(found), stale=stale(made.body, view.metadata))


def compared(body: Any, view: PoolView) -> list[Difference]:
    """The differences of a live pool; the node counts only where no formula gives them."""
    skip = frozenset({"id"}) | (_NODES if body.enable_auto_scale else frozenset())
    found = list(differences(body, view.body, skip=skip))
    if not any(one.path in _NODES for one in found):
        # Not a setting of the pool, but of the resize that was its last; it goes with the next one.
        found = [one for one in found if one.path != "resize_timeout"]
    if view.autoscale and not body.enable_auto_scale and not any(one.path == "enable_auto_scale" for one in found):
        found.append(Difference("enable_auto_scale", False, True))
    return [*found, *since("pool", body, view)]


def missing_pool(program: Program, live: Live) -> Diagnostic | None:
    """That the pool which the job names, and which is not the spec's own, is not there."""
    info, pool_id = program.pool_info, program.pool_id
    if info is None or pool_id is None or pool_id.lower() in live.coming:
        return None
    if program.pool is not None and str(program.pool.body.id).lower() == pool_id.lower():
        return None
    if live.named is not None and live.named.state != "deleting":
        return None
    what = "is not there" if live.named is None else "is being deleted"
    hint = "apply the spec that describes it first, or describe it here under pool"
    return Diagnostic("BS605", f'pool "{pool_id}" {what}', info.origin.span, info.origin.pointer, hint)


def _replaced(made: Made[Any], live: Live, found: Sequence[Difference], reasons: list[str]) -> Change | Diagnostic:
    pool_id = str(made.body.id)
    if live.users:
        return in_use(made, live.users)
    cost, running = "its nodes are deleted", _running(live)
    if running:
        cost += "; " + ends_first(running, " on it")
    return Change("pool", pool_id, Action.REPLACE, tuple(reasons), cost, tuple(found))


def in_use(made: Made[Any], jobs: Sequence[str]) -> Diagnostic:
    """That a pool cannot be replaced now, for these jobs."""
    message = f'pool "{made.body.id}" cannot be replaced while other jobs may run on it: {listed(jobs)}'
    hint = "give the pool another id, or wait until they have ended"
    return Diagnostic("BS606", message, made.origin.span, made.origin.pointer, hint)


def _running(live: Live) -> int:
    """How many tasks of the job run on this pool."""
    assert live.pool is not None, "a pool that is there is looked at"
    there = live.job is not None and live.job.pool_id.lower() == live.pool.id.lower()
    return live.counts.running if there else 0


def lacks(view: PoolView) -> bool:
    """Whether the service gave up on some of its nodes: it tries no more by itself."""
    return view.allocation == "steady" and bool(view.resize_errors) and view.current_nodes < view.target_nodes


def _asleep(body: Any, live: Live) -> str:
    """Why a pool must be asked anew for the nodes that it has for the work that comes; "" when it need not."""
    view, formula = live.pool, body.auto_scale_formula
    assert view is not None, "a pool that is there is looked at"
    if live.now is not None and lacks(view):
        return f"the service gave it {view.current_nodes:,} of {_nodes(view.target_nodes)}"
    there = view.body.get("autoScaleFormula") if view.autoscale else None
    if live.now is None or not ends.needs_waking(formula, there, view.target_nodes, live.now):
        return ""
    return "its lifetime is over, and begins anew" if ends.lifetime_over(there, live.now) else "it gets nodes again"


def _fewer(body: Any, view: PoolView) -> str:
    if body.enable_auto_scale or not view.current_nodes:
        return ""
    wanted = {"Dedicated": body.target_dedicated_nodes, "LowPriority": body.target_low_priority_nodes}
    if all((view.body.get(f"current{kind}Nodes") or 0) <= (count or 0) for kind, count in wanted.items()):
        return ""
    return "what runs on the nodes that leave is queued again"


def _starts(one: Difference) -> bool:
    """Whether it is of what a node does when it starts."""
    return first(one) in ("start_task", "application_package_references")


def _restart(found: Sequence[Difference], view: PoolView, broken: int) -> str:
    told = [f"{_nodes(broken)} whose start task failed {'is' if broken == 1 else 'are'} rebooted"] * bool(broken)
    if view.current_nodes > broken and any(map(_starts, found)):
        others = "other nodes" if broken else "nodes that are there"
        told.append(f"{others} keep what they have until they are rebooted")
    return "; ".join(told)


def _nodes(count: int) -> str:
    return f"{count:,} node{'s' * (count != 1)}"
