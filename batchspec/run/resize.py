"""Another size for a pool: numbers, or a formula of ours that gives them (see `batchspec.compiler.ends`).

The service takes either only while the size is steady, and a formula not more often than every 30 seconds
(https://learn.microsoft.com/rest/api/batchservice/pool/enable-auto-scale).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from batchspec.compiler import ends
from batchspec.errors import Busy, Conflict
from batchspec.run.context import Run
from batchspec.run.events import Event, PoolResizing, Waiting
from batchspec.run.within import awaiting

if TYPE_CHECKING:
    from batchspec.ports import PoolView

PATIENCE = 600.0  # seconds; nodes take minutes to come and to go
_ODD = 3  # refusals of a pool that looks as if it could be resized
_TOO_SOON = "TooManyEnableAutoScaleRequests"
_APART = 30.0  # seconds that the service wants between two formulas


def resize(
    run: Run, pool_id: str, dedicated: int, spot: int, *, timeout: timedelta | None = None
) -> Generator[Event, None, None]:
    """Ask for so many nodes, once the pool is no longer being resized; do not wait for them.

    timeout: how long the service may take for it.

    Raises ServiceError: NotFound, and Conflict when it goes on being resized.
    """
    yield PoolResizing(pool_id, dedicated + spot)
    until, pause, odd = run.clock.monotonic() + PATIENCE, 0.2, 0
    while True:
        try:
            yield from run.retry.ask(
                f"resize pool {pool_id}", lambda: run.batch.resize_pool(pool_id, dedicated, spot, timeout)
            )
        except Conflict:
            view = yield from run.retry.ask(f"pool {pool_id}", lambda: run.batch.get_pool(pool_id))
            if view.target_nodes == dedicated + spot and view.allocation != "stopping":
                return  # ours, whose answer was lost, or another apply's
            odd += view.allocation == "steady"
            if odd == _ODD or view.state == "deleting" or run.clock.monotonic() >= until:
                raise
        else:
            return
        with awaiting(f'pool "{pool_id}" is still being resized'):
            run.clock.sleep(pause)
        pause = min(5.0, pause * 1.5)


def scale(
    run: Run,
    pool_id: str,
    formula: str,
    nodes: int | None,
    *,
    interval: timedelta | None = ends.INTERVAL,
    patience: float = PATIENCE,
) -> Generator[Event, None, None]:
    """Let a formula give the size from now on. nodes: how many it gives now, which are not waited for; None: who knows.

    A resize under way is stopped: the formula is evaluated at once and begins what is missing. Raises ServiceError:
    NotFound, and Conflict when the service does not take it within the patience, in seconds.
    """
    until, pause, odd, stopped, told = run.clock.monotonic() + patience, 0.5, 0, False, False
    what = f"formula of pool {pool_id}"
    while True:
        try:
            yield from run.retry.ask(what, lambda: _enable(run, pool_id, formula, interval))
        except Conflict as error:
            if error.code == _TOO_SOON and not told and patience >= _APART:
                told = True
                yield Waiting(what, _APART, "the service takes another one half a minute after the last")
            view = yield from run.retry.ask(f"pool {pool_id}", lambda: run.batch.get_pool(pool_id))
            if (formula_of(view) or "").split() == formula.split():
                break  # ours, whose answer was lost
            too_soon = error.code == _TOO_SOON
            odd += view.allocation == "steady" and not too_soon
            hopeless = odd == _ODD or view.state == "deleting" or (too_soon and patience < _APART)
            if hopeless or run.clock.monotonic() >= until:
                raise
            if view.allocation == "resizing" and not stopped:
                stopped = True
                with suppress(Conflict):
                    yield from run.retry.ask(f"stop resizing pool {pool_id}", lambda: run.batch.stop_resize(pool_id))
            if not told:
                told = True
                yield Waiting(what, pause, error.message)
        else:
            break
        with awaiting(f'pool "{pool_id}" is still being resized'):
            run.clock.sleep(pause)
        pause = min(5.0, pause * 1.5)
    if nodes is not None:
        yield PoolResizing(pool_id, nodes)


def awake(run: Run, body: Any, view: PoolView) -> Generator[Event, None, None]:
    """Give a live pool that ends by itself its nodes and its lifetime again, where it has them no longer.

    Does nothing with a pool that has no formula of ours in the spec. Raises ServiceError as `scale` does.
    """
    wanted, now = str(body.auto_scale_formula or ""), run.clock.now()
    held = ends.read(wanted)
    if held is not None and ends.needs_waking(wanted, formula_of(view), view.target_nodes, now):
        nodes = None if held.own else held.dedicated + held.spot
        yield from scale(run, view.id, ends.wake(wanted, now), nodes, interval=body.auto_scale_evaluation_interval)


def at_rest(body: Any, view: PoolView, now: datetime) -> str:
    """The formula of a pool for which there is no work: where it idles it has no nodes, and its end stays past."""
    wanted = str(body.auto_scale_formula or "")
    held = ends.read(wanted)
    if held is None:
        return wanted
    over = held.lifetime is not None and ends.lifetime_over(formula_of(view), now)
    made = ends.wake(wanted, now - held.lifetime if over and held.lifetime else now)
    return ends.asleep(made, now) if held.idle else made


def formula_of(view: PoolView) -> str | None:
    """The formula that gives a live pool its size; None when none does."""
    found = view.body.get("autoScaleFormula") if view.autoscale else None
    return None if found is None else str(found)


def _enable(run: Run, pool_id: str, formula: str, interval: timedelta | None) -> None:
    """That it came too soon is no matter of retries here: the lost answer of our own may be what it came after."""
    try:
        run.batch.enable_autoscale(pool_id, formula, interval)
    except Busy as error:
        if error.code != _TOO_SOON:
            raise
        raise Conflict(error.message, error.hint, code=error.code, status=error.status) from error
