"""BS333 to BS336, BS106: a pool's lifetime, beside what shall run in it and what sets its number of nodes.

A formula is evaluated every 5 minutes at the most, every 15 when not told otherwise
(https://learn.microsoft.com/rest/api/batchservice/pool/enable-auto-scale), so that much later the nodes may go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec import durations
from batchspec.spec.build import Spec
from batchspec.spec.model import Autoscale, Pool

_SHORT = timedelta(minutes=10)  # nodes take some minutes to come
_INTERVAL = timedelta(minutes=15)
_STOP = re.compile(r"\bstop\s*\(")


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The spec's own pool."""
    pool = spec.keys.pool
    if pool is None or pool.lifetime is None:
        return
    node, pointer, lifetime = pool.at("lifetime"), f"{pool.pointer}/lifetime", pool.lifetime
    if not lifetime:
        message, hint = '"lifetime" is zero, so nothing could run', "leave it out, or give it some time"
        yield finding("BS106", message, node, pointer, hint)
        return
    for code, message, hint in (*_idle(pool), *_short(pool, lifetime), *_beside_work(spec, lifetime)):
        yield finding(code, message, node, pointer, hint)


_Told = Iterator[tuple[str, str, str]]  # code, message, hint


def _idle(pool: Pool) -> _Told:
    nodes = pool.nodes
    own = _in_force(pool)
    if nodes is None or not (nodes.dedicated or nodes.spot or own):
        yield "BS335", "a pool without nodes has none to give back", "take the lifetime out"
    elif own is not None and _STOP.search(own.formula or ""):
        message = "the formula may stop before the lines that end the pool, which come after it"
        yield "BS335", message, "write the formula without stop()"


def _short(pool: Pool, lifetime: timedelta) -> _Told:
    own = _in_force(pool)
    every = _SHORT if own is None else max(_SHORT, own.interval or _INTERVAL)
    if lifetime < every:
        message = f"a lifetime of {durations.show(lifetime)} is over before it can be of use"
        why = "nodes take minutes to come" if every == _SHORT else "the formula is evaluated less often"
        yield "BS334", message, f"write {durations.show(every)} or more: {why}"


def _beside_work(spec: Spec, lifetime: timedelta) -> _Told:
    job, schedule = spec.keys.job, spec.keys.schedule
    if spec.machines is not spec.keys.pool or job is None:
        return
    if schedule is not None and schedule.until is None:
        message = f"the pool has no nodes any more after {durations.show(lifetime)}, and the schedule has no end"
        yield "BS336", message, "end it with schedule.until, or use on_finish: {pool: scale_to_zero} in place of it"
    if job.timeout is not None and job.timeout > lifetime:
        message = (
            f"the pool has nodes for {durations.show(lifetime)}, and the job may run for {durations.show(job.timeout)}"
        )
        yield "BS333", message, "raise the lifetime, or lower job.timeout"


def _in_force(pool: Pool) -> Autoscale | None:
    own = pool.nodes.autoscale if pool.nodes is not None else None
    return own if own is not None and own.enabled else None
