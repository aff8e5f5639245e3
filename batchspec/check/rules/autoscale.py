"""BS310, BS311, BS327, BS328: a pool's size is set by a formula, or by hand.

Bounds and exclusions are those of the REST document of `enableAutoScale`, `autoScaleEvaluationInterval` and
`resizeTimeout`; it says of the last that a formula leaves it without effect, so that is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import Autoscale, Nodes, Pool, PoolSpecification

_SHORTEST = timedelta(minutes=5)
_LONGEST = timedelta(hours=168)


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each pool that the spec describes."""
    for pool in pools(spec):
        nodes = pool.nodes
        own = nodes.autoscale if nodes is not None else None
        has_formula = own is not None and bool(own.enabled)
        yield from _resize(pool, has_formula=has_formula, ends=_ends(spec, pool))
        if nodes is not None and own is not None:
            yield from _beside(nodes, own)
            yield from _settings(own)


def _ends(spec: Spec, pool: PoolSpecification) -> bool:
    """Whether the pool's nodes go by themselves, which is done by a formula."""
    finish = spec.keys.on_finish
    idle = pool is spec.keys.pool and finish is not None and finish.pool != "keep"
    return idle or (isinstance(pool, Pool) and pool.lifetime is not None)


def _resize(pool: PoolSpecification, *, has_formula: bool, ends: bool) -> Iterator[Diagnostic]:
    if pool.resize_timeout is None:
        return
    place, pointer = pool.at("resize_timeout"), f"{pool.pointer}/resize_timeout"
    if pool.resize_timeout < _SHORTEST:
        yield finding("BS327", "a resize timeout is 5 minutes at least", place, pointer, "write 5m or more")
    if has_formula:
        message = "a resize timeout has no effect where a formula sets the number of nodes"
        yield finding("BS328", message, place, pointer, "take it out")
    elif ends:
        message = "a resize timeout has no effect: on_finish or lifetime makes a formula set the number of nodes"
        yield finding("BS328", message, place, pointer, "take it out, or keep the pool without a lifetime")


def _beside(nodes: Nodes, own: Autoscale) -> Iterator[Diagnostic]:
    for name in ("dedicated", "spot"):
        if own.enabled and getattr(nodes, name) is not None:
            message = f'"{name}" cannot stand beside a formula that sets the number of nodes'
            hint = "keep one of them; the formula can set $TargetDedicatedNodes and $TargetLowPriorityNodes"
            yield finding("BS310", message, nodes.node.keys[name], f"{nodes.pointer}/{name}", hint)


def _settings(own: Autoscale) -> Iterator[Diagnostic]:
    if own.interval is not None and not _SHORTEST <= own.interval <= _LONGEST:
        message = "a formula is evaluated every 5 minutes at most, and every 168 hours at least"
        hint = "write an interval from 5m to 168h, or leave it out for 15m"
        yield finding("BS311", message, own.at("interval"), f"{own.pointer}/interval", hint)
    if own.enabled and own.formula is None:
        message, hint = "autoscale has no formula", "add one, or take autoscale out"
        yield finding("BS311", message, own.node, own.pointer, hint)
    if own.enabled is False and own.formula is not None:
        message, hint = "the formula is not in force, and the service takes none then", "take it out, or enable it"
        yield finding("BS311", message, own.node.keys["formula"], f"{own.pointer}/formula", hint)
