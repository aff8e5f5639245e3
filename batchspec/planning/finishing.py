"""What becomes of pool and job once the work has ended: the pool as the spec says, and both as on_finish says.

A pool that is gone is not made for a job that has completed, and one that sleeps is not woken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchspec.compiler import ends
from batchspec.diag import Diagnostic
from batchspec.planning.change import Action, Change
from batchspec.planning.live import Live
from batchspec.planning.owner import ours
from batchspec.planning.pools import pool_change
from batchspec.planning.words import still_used
from batchspec.ports import PoolView

if TYPE_CHECKING:
    from batchspec.compiler.program import Program

DUE = "on_finish says so, and the job has ended"


def pool_at_end(program: Program, live: Live, *, adopt: bool) -> Change | Diagnostic | None:
    """What is done to the pool of a job that has completed; None when there is none of ours."""
    made, view, asked = program.pool, live.pool, program.finish.pool
    if made is None or view is None or view.state == "deleting":
        return None
    if not ours(program, view.metadata) and not adopt:
        return None
    if asked == "delete" and not live.users:
        return Change("pool", view.id, Action.DELETE, (DUE,), due=True)
    change = pool_change(program, replace(live, now=None), adopt=adopt)
    if not isinstance(change, Change) or asked == "keep":
        return change
    if live.users:
        return replace(change, reasons=(*change.reasons, f"it stays for now: {still_used(live.users)}"))
    if asked == "scale_to_zero" and change.action is Action.NOTHING and _awake(made.body, view):
        return replace(change, action=Action.RESIZE, reasons=(f"its nodes go: {DUE}",), due=True)
    return change


def job_at_end(program: Program, change: Change) -> Change:
    """What is done to a job that has completed and is to stay as it is."""
    if program.finish.job != "delete":
        return change
    return replace(change, action=Action.DELETE, reasons=(*change.reasons, DUE), due=True)


def _awake(body: Any, view: PoolView) -> bool:
    """Whether a pool has nodes that nobody has sent away yet. A formula of the user's own knows best when they go."""
    held = ends.read(body.auto_scale_formula)
    if held is None or not held.idle:
        return bool(view.target_nodes) and not view.autoscale and not body.enable_auto_scale
    return bool(view.target_nodes) and ends.moments(view.body.get("autoScaleFormula")).held
