"""The spec's own pool, as the plan says: made, changed in place, resized or replaced; and one that others made."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from batchspec.compiler import ends
from batchspec.errors import Refused, Unauthorized
from batchspec.planning.change import Action, Change
from batchspec.planning.differences import Difference
from batchspec.planning.live import Live
from batchspec.planning.owner import ours
from batchspec.planning.places import OLD, Place, place
from batchspec.planning.pools import lacks
from batchspec.ports import PoolView
from batchspec.run.context import Run, refusal
from batchspec.run.ensure import ensure, moved
from batchspec.run.events import Event, PoolReady, Updated
from batchspec.run.patching import entries, marked, metadata, patch
from batchspec.run.reboot import reboot
from batchspec.run.replace import remove_pool
from batchspec.run.report import Finding
from batchspec.run.resize import at_rest, awake, resize, scale

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

_IN_PLACE = frozenset({Place.FREELY, Place.EMPTY})


def ready_pool(
    run: Run, change: Change | None, live: Live, *, rest: bool = False
) -> Generator[Event, None, tuple[Finding, ...]]:
    """Bring the pool to what the spec says. live: as the plan has seen it. rest: there is no work for its nodes."""
    made = run.program.pool
    if made is None or change is None:
        if run.program.pool_id is not None:
            yield PoolReady(run.program.pool_id, created=False)
        return ()
    if change.action in (Action.CREATE, Action.REPLACE):
        if change.action is Action.REPLACE:
            problems = yield from remove_pool(run, made, live)
            if problems:
                return problems
        return (yield from _create(run, made, live.pool if rest else None))
    assert live.pool is not None, "what is changed has been seen"
    try:
        if change.action is not Action.NOTHING:
            now = yield from run.retry.ask(f"pool {change.id}", lambda: run.batch.get_pool(change.id))
            problem = moved(run, "pool", made, live.pool, now)
            if problem is not None:
                return (problem,)
        yield PoolReady(change.id, created=False)
        yield from _change(run, made, change, live, rest=rest)
    except Unauthorized:
        raise
    except Refused as error:
        return (refusal("BS701", made, f'the service refused to change pool "{change.id}"', error),)
    return ()


def _create(run: Run, made: Made[Any], before: PoolView | None) -> Generator[Event, None, tuple[Finding, ...]]:
    """before: the pool in whose place it comes without work for its nodes."""
    pool_id = str(made.body.id)
    found = yield from ensure(
        run,
        "pool",
        made,
        get=lambda: run.batch.get_pool(pool_id),
        add=lambda: run.batch.add_pool(_timed(run, made.body, before)),
    )
    if isinstance(found, Finding):
        return (found,)
    yield PoolReady(pool_id, created=found is None)
    return ()


def _timed(run: Run, body: Any, before: PoolView | None) -> Any:
    """The body with the moments of now in its formula."""
    made = ends.renewed(body, run.clock.now())
    if before is not None and made is not body:
        vars(made)["auto_scale_formula"] = at_rest(body, before, run.clock.now())
    return made


def _change(run: Run, made: Made[Any], change: Change, live: Live, *, rest: bool) -> Generator[Event, None, None]:
    """In place. The marks come last: a crash before them leaves the pool to the next apply."""
    view = live.pool
    assert view is not None, "what is changed has been seen"
    version, differences, what = run.program.api_version, change.differences, f"update pool {change.id}"
    removed = any(map(_gone, differences))
    members = patch("pool", version, made.body, [one for one in differences if not _gone(one)], _IN_PLACE)
    if members:
        yield from run.retry.ask(what, lambda: run.batch.patch_pool(change.id, members))
    if live.broken:
        yield from reboot(run, change.id, live.broken)
    if any(place("pool", version, one) is Place.RESIZE for one in differences) or (lacks(view) and not rest):
        yield from _resized(run, made.body, change.id, view, rest=rest)
    elif not rest:
        yield from awake(run, made.body, view)
    if removed or change.stale or marked(change):
        marks = {"metadata": entries(metadata(made.body, view.metadata, change))}
        if removed:
            whole = {**_properties(made.body, version), **marks}
            yield from run.retry.ask(what, lambda: run.batch.replace_pool_properties(change.id, whole))
        else:
            yield from run.retry.ask(what, lambda: run.batch.patch_pool(change.id, marks))
    if change.action is Action.UPDATE and (differences or not ours(run.program, view.metadata)):
        yield Updated("pool", change.id, "; ".join(change.reasons))


def _gone(one: Difference) -> bool:
    """Whether it is a start task to take away, which a patch cannot do."""
    return one.path == "start_task" and one.wanted is None


def _properties(body: Any, version: str) -> dict[str, Any]:
    """What replaces a pool's properties: what is left out is taken away, and the lists must be there."""
    found = body.serialize()
    made = {"applicationPackageReferences": found.get("applicationPackageReferences", [])}
    if version == OLD:
        made["certificateReferences"] = found.get("certificateReferences", [])
        if "targetNodeCommunicationMode" in found:
            made["targetNodeCommunicationMode"] = found["targetNodeCommunicationMode"]
    return made


def _resized(run: Run, body: Any, pool_id: str, view: PoolView, *, rest: bool) -> Generator[Event, None, None]:
    if body.enable_auto_scale:
        held = ends.read(body.auto_scale_formula)
        nodes = None if held is None or held.own else 0 if rest and held.idle else held.dedicated + held.spot
        now = run.clock.now()
        formula = at_rest(body, view, now) if rest else ends.wake(body.auto_scale_formula, now)
        yield from scale(run, pool_id, formula, nodes, interval=body.auto_scale_evaluation_interval)
        return
    if view.autoscale:
        yield from run.retry.ask(f"disable autoscale of pool {pool_id}", lambda: run.batch.disable_autoscale(pool_id))
    dedicated, spot = body.target_dedicated_nodes or 0, body.target_low_priority_nodes or 0
    yield from resize(run, pool_id, dedicated, spot, timeout=body.resize_timeout)
