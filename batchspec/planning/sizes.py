"""Why a pool gets another size, in the spec's words, though it may be a formula of ours that gives it.

Nodes, a lifetime and `on_finish` come to one formula (see `batchspec.compiler.ends`); told is what differs of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from batchspec.compiler import ends
from batchspec.planning.differences import Difference
from batchspec.planning.words import sentence
from batchspec.ports import PoolView
from batchspec.spec import durations

_SIZE = frozenset(
    {
        "enable_auto_scale",
        "auto_scale_formula",
        "auto_scale_evaluation_interval",
        "target_dedicated_nodes",
        "target_low_priority_nodes",
    }
)
_IDLE = {
    True: "on_finish.pool: the nodes now go when no task waits or runs",
    False: "on_finish.pool: the nodes no longer go when no task waits or runs",
}


def told(body: Any, view: PoolView, found: Iterable[Difference]) -> tuple[list[str], list[Difference]]:
    """What gives a pool another size, in words; and the differences that are of other things."""
    live = str(view.body.get("autoScaleFormula") or "") if view.autoscale else ""
    wanted = str(body.auto_scale_formula or "") if body.enable_auto_scale else ""
    found = list(found)
    size = [one for one in found if one.path in _SIZE]
    if not size or (ends.read(live) is None and ends.read(wanted) is None):
        return [], found
    there = _ends(live, view.body.get("targetDedicatedNodes"), view.body.get("targetLowPriorityNodes"))
    asked = _ends(wanted, body.target_dedicated_nodes, body.target_low_priority_nodes)
    words = _words(there, asked) or ["the formula that gives its size differs"]
    return words, [one for one in found if one.path not in _SIZE]


def _ends(formula: str, dedicated: int | None, spot: int | None) -> ends.Ends:
    """What gives a pool its size, whether it is a formula of ours, another one, or two numbers."""
    return ends.read(formula) or (ends.Ends(own=formula) if formula else ends.Ends(dedicated or 0, spot or 0))


def _words(there: ends.Ends, asked: ends.Ends) -> list[str]:
    made = []
    for name, old, new in (
        ("nodes.autoscale.formula", there.own or None, asked.own or None),
        ("nodes.dedicated", there.dedicated, asked.dedicated),
        ("nodes.spot", there.spot, asked.spot),
        ("lifetime", _length(there.lifetime), _length(asked.lifetime)),
    ):
        if old != new:
            made.append(sentence("pool", Difference(name, new, old)))
    return made + ([_IDLE[asked.idle]] if asked.idle != there.idle else [])


def _length(lifetime: timedelta | None) -> str | None:
    return None if lifetime is None else durations.show(lifetime)
