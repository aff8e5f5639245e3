"""What clients ask of autoscale: to have it on or off, and what a formula would do.

What is refused, and that a pool which already scales may be given a formula or an interval alone:
https://learn.microsoft.com/rest/api/batchservice/pool/enableautoscale. That no resize may be under way is taken to
hold for a pool that does not scale yet; one that scales is resized by its own formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from batchspec.autoscale import check
from batchspec.emulator.engine import guards
from batchspec.emulator.engine.autoscale import INTERVAL
from batchspec.emulator.engine.errors import Refused
from batchspec.emulator.engine.records import key

if TYPE_CHECKING:
    from batchspec.emulator.engine.driver import Driver
    from batchspec.emulator.engine.records import Pool, ScaleRun

LONGEST: Final = 8_192
"""Characters of a formula, as the .NET SDK's `BatchErrorCodeStrings.AutoScaleFormulaTooLong` says."""

PAUSE: Final = 30.0
"""Seconds that must lie between two requests to enable autoscale on one pool."""


def check_formula(formula: str | None) -> None:
    """Raise AutoScalingFormulaTooLong, or AutoScalingFormulaSyntaxError for what is certainly wrong."""
    if formula is None:
        return
    if len(formula) > LONGEST:
        raise Refused("AutoScalingFormulaTooLong", Reason=f"a formula has at most {LONGEST} characters")
    for problem in check(formula):
        if problem.certain:
            line = formula.count("\n", 0, problem.start) + 1
            column = problem.start - formula.rfind("\n", 0, problem.start)
            raise Refused("AutoScalingFormulaSyntaxError", Message=f"Line {line}, Col {column}: {problem.message}")


class Autoscale:
    """Each request raises Refused with PoolNotFound, PoolBeingDeleted, and what it says itself."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def enable(self, pool_id: str, formula: str | None, interval: str | None) -> Pool:
        """Evaluates at once. PoolBeingResized, TooManyEnableAutoScaleRequests, InvalidAutoScalingSettings, and what
        `check_formula` raises."""
        with self._driver.request() as (scheduler, now):
            pool = guards.live_pool(scheduler.pools.get(key(pool_id)))
            _enableable(pool, formula, interval, now)
            check_formula(formula)
            given = {"enableAutoScale": True, "autoScaleFormula": formula, "autoScaleEvaluationInterval": interval}
            kept = {"autoScaleEvaluationInterval": INTERVAL} | pool.body
            pool.body = kept | {name: value for name, value in given.items() if value is not None}
            pool.scale_enabled = now
            scheduler.scale_pool(now, pool)
        return pool

    def disable(self, pool_id: str) -> Pool:
        """The pool stays as large as it is; to do it twice is no error."""
        with self._driver.request() as (scheduler, now):
            pool = guards.live_pool(scheduler.pools.get(key(pool_id)))
            gone = ("autoScaleFormula", "autoScaleEvaluationInterval")
            kept = {name: value for name, value in pool.body.items() if name not in gone}
            pool.body = kept | {"enableAutoScale": False}
            scheduler.unscale_pool(now, pool)
        return pool

    def evaluate(self, pool_id: str, formula: str) -> ScaleRun:
        """Changes nothing. OperationInvalidForCurrentState without autoscale, and what `check_formula` raises."""
        with self._driver.request() as (scheduler, now):
            pool = guards.scaling_pool(scheduler.pools.get(key(pool_id)))
            check_formula(formula)
            return scheduler.try_formula(now, pool, formula)


def _enableable(pool: Pool, formula: str | None, interval: str | None, now: float) -> None:
    if not pool.scales:
        guards.steady_pool(pool)
    if formula is None and not pool.scales:
        raise Refused("InvalidAutoScalingSettings", PropertyName="autoScaleFormula", Reason="must be given")
    if formula is None and interval is None:
        reason = "one of autoScaleFormula, autoScaleEvaluationInterval must be given"
        raise Refused("InvalidAutoScalingSettings", Reason=reason)
    if pool.scale_enabled is not None and now < pool.scale_enabled + PAUSE:
        raise Refused("TooManyEnableAutoScaleRequests", Reason=f"{PAUSE:g} seconds must lie between two of them")
