"""Plans for machines: one versioned object; fields are added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batchspec import __version__
from batchspec.diag.as_json import entry
from batchspec.planning.change import Action, Change, Plan
from batchspec.planning.differences import Difference

FORMAT_VERSION = "1.0"
MOST_IDS = 1000  # tasks or files of one change that are listed


def document(plans: Sequence[Plan]) -> dict[str, Any]:
    """The whole object."""
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "batchspec", "version": __version__},
        "plans": [of_plan(plan) for plan in plans],
        "summary": {
            action.value: sum(change.count for plan in plans for change in plan.changes if change.action is action)
            for action in Action
        },
        "empty": all(plan.empty for plan in plans),
    }


def of_plan(plan: Plan) -> dict[str, Any]:
    """One spec's plan."""
    return {
        "name": plan.name,
        "empty": plan.empty,
        "changes": [_change(change) for change in plan.changes],
        "problems": [entry(problem) for problem in plan.problems],
        "etags": dict(plan.etags),
        "prints": dict(plan.prints),
        "left": [{"kind": one.kind, "id": one.id, "nodes": one.nodes} for one in plan.left],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "id": change.id,
        "action": change.action.value,
        "count": change.count,
        "reasons": list(change.reasons),
        "cost": change.cost or None,
        "needs_agreement": change.destroys,
        "ids": list(change.ids[:MOST_IDS]),
        "differences": [_difference(one) for one in change.differences[:MOST_IDS]],
    }


def _difference(one: Difference) -> dict[str, Any]:
    shown = {"wanted": one.wanted} if one.shown else {}
    hidden = {"hidden": True} if one.hidden else {}
    return {"path": one.path, **hidden, **shown, **({"found": one.found} if one.shown and one.old else {})}
