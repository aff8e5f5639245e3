"""The spec's own pool, as the plan says: made, changed in place, resized or replaced; and one that others made."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from batchspec.compiler import ends
from batchspec.errors import Refused, Unauthorized
from batchspec.plan.change import Action, Change
from batchspec.plan.places import Place, place
from batchspec.ports import JobView, PoolView
from batchspec.run.context import Run, refusal
from batchspec.run.ensure import ensure
from batchspec.run.events import Event, PoolReady, Updated
from batchspec.run.patching import metadata, patch
from batchspec.run.replace import remove_pool
from batchspec.run.report import Finding
from batchspec.run.resize import awake, resize, scale

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

_IN_PLACE = frozenset({Place.FREELY, Place.EMPTY})
_REMOVED = frozenset({"start_task", "application_package_references"})  # a patch cannot take these away


def ready_pool(
    run: Run, change: Change | None, view: PoolView | None, job: JobView | None
) -> Generator[Event, None, tuple[Finding, ...]]:
    """Bring the pool to what the spec says. view, job: as the plan has seen them."""
    made = run.program.pool
    if made is None or change is None:
        if run.program.pool_id is not None:
            yield PoolReady(run.program.pool_id, created=False)
        return ()
    if change.action in (Action.CREATE, Action.REPLACE):
        if change.action is Action.REPLACE:
            yield from remove_pool(run, made, job)
        return (yield from _create(run, made))
    assert view is not None, "what is changed has been seen"
    yield PoolReady(change.id, created=False)
    try:
        yield from _change(run, made, change, view)
    except Unauthorized:
        raise
    except Refused as error:
        return (refusal("BS701", made, f'the service refused to change pool "{change.id}"', error),)
    return ()


def _create(run: Run, made: Made[Any]) -> Generator[Event, None, tuple[Finding, ...]]:
    pool_id = str(made.body.id)
    found = yield from ensure(
        run,
        "pool",
        made,
        get=lambda: run.batch.get_pool(pool_id),
        add=lambda: run.batch.add_pool(ends.renewed(made.body, run.clock.now())),
    )
    if isinstance(found, Finding):
        return (found,)
    yield PoolReady(pool_id, created=found is None)
    return ()


def _change(run: Run, made: Made[Any], change: Change, view: PoolView) -> Generator[Event, None, None]:
    """In place. The marks come last: a crash before them leaves the pool to the next apply."""
    version, differences = run.program.api_version, change.differences
    members = patch("pool", version, made.body, differences, _IN_PLACE)
    removed = [one for one in differences if one.path in _REMOVED and one.wanted is None]
    if members and not removed:
        yield from run.retry.ask(f"update pool {change.id}", lambda: run.batch.patch_pool(change.id, members))
    if any(place("pool", version, one) is Place.RESIZE for one in differences):
        yield from _resized(run, made.body, change.id, view)
    else:
        yield from awake(run, made.body, view)
    if not change.stale and not removed:
        return
    marks = {"metadata": metadata(made.body, view.metadata)}
    if removed:
        whole = {**_properties(made.body), **marks}
        yield from run.retry.ask(
            f"update pool {change.id}", lambda: run.batch.replace_pool_properties(change.id, whole)
        )
    else:
        yield from run.retry.ask(f"update pool {change.id}", lambda: run.batch.patch_pool(change.id, marks))
    if change.reasons and change.action is Action.UPDATE:
        yield Updated("pool", change.id, "; ".join(change.reasons))


def _properties(body: Any) -> dict[str, Any]:
    """What replaces a pool's properties: what is left out is taken away, and the two lists must be there."""
    found = body.serialize()
    made = {"certificateReferences": [], "applicationPackageReferences": found.get("applicationPackageReferences", [])}
    return made | ({"startTask": found["startTask"]} if "startTask" in found else {})


def _resized(run: Run, body: Any, pool_id: str, view: PoolView) -> Generator[Event, None, None]:
    if body.enable_auto_scale:
        held = ends.read(body.auto_scale_formula)
        nodes = None if held is None or held.own else held.dedicated + held.spot
        formula = ends.wake(body.auto_scale_formula, run.clock.now())
        yield from scale(run, pool_id, formula, nodes, interval=body.auto_scale_evaluation_interval)
        return
    if view.autoscale:
        yield from run.retry.ask(f"disable autoscale of pool {pool_id}", lambda: run.batch.disable_autoscale(pool_id))
    yield from resize(run, pool_id, body.target_dedicated_nodes or 0, body.target_low_priority_nodes or 0)
