"""The pools: the spec's own, made or found as it shall be; and one that others made, when the job names it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from batchspec.errors import NotFound, Refused, Unauthorized
from batchspec.ports import PoolView
from batchspec.run.context import Run, finding, refusal
from batchspec.run.ensure import ensure
from batchspec.run.events import Event, PoolReady
from batchspec.run.report import Finding
from batchspec.run.resize import resize

if TYPE_CHECKING:
    from batchspec.compiler.program import Made


def named_pool(run: Run) -> Generator[Event, None, tuple[Finding, ...]]:
    """Look for the pool that the job names, unless it is the spec's own. It is used as it is."""
    info, pool_id = run.program.pool_info, run.program.pool_id
    if info is None or pool_id is None or run.own_pool is not None:
        return ()
    what = "is not there"
    try:
        view = yield from run.retry.ask(f"pool {pool_id}", lambda: run.batch.get_pool(pool_id))
    except NotFound:
        pass
    else:
        if view.state != "deleting":
            yield PoolReady(pool_id, created=False)
            return ()
        what = "is being deleted"
    hint = "apply the spec that describes it first, or describe it here under pool"
    return (finding("BS605", info, f'pool "{pool_id}" {what}', hint),)


def ready_pool(run: Run) -> Generator[Event, None, tuple[Finding, ...]]:
    """Create the spec's own pool, or find it as it shall be."""
    made = run.program.pool
    if made is None:
        return ()
    pool_id = str(made.body.id)
    found = yield from ensure(
        run,
        "pool",
        made,
        get=lambda: run.batch.get_pool(pool_id),
        add=lambda: run.batch.add_pool(made.body),
    )
    if isinstance(found, Finding):
        return (found,)
    yield PoolReady(pool_id, created=found is None)
    if found is not None and _scaled_to_zero(made.body, found):
        return (yield from _grow(run, made))
    return ()


def _scaled_to_zero(body: Any, view: PoolView) -> bool:
    """Whether a pool that shall have nodes was left without, as on_finish may have done."""
    return not view.autoscale and view.target_nodes == 0 and sum(_targets(body)) > 0


def _targets(body: Any) -> tuple[int, int]:
    return body.target_dedicated_nodes or 0, body.target_low_priority_nodes or 0


def _grow(run: Run, made: Made[Any]) -> Generator[Event, None, tuple[Finding, ...]]:
    pool_id = str(made.body.id)
    try:
        yield from resize(run, pool_id, *_targets(made.body))
    except Unauthorized:
        raise
    except Refused as error:
        return (refusal("BS701", made, f'the service refused to give pool "{pool_id}" its nodes again', error),)
    return ()
