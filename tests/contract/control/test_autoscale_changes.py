"""Autoscale that is enabled, changed, tried and given up on a pool that is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import code_of, pool_spec, unique, values_of
from tests.contract.control.scaling import INTERVAL, scaling, settled
from tests.support.control import Control


def test_autoscale_is_enabled_later_at_once_and_changed_in_parts(batch: BatchServiceClient, control: Control) -> None:
    name = unique("pool")
    batch.pool.add(pool_spec(name))

    batch.pool.enable_auto_scale(name, auto_scale_formula="$TargetDedicatedNodes = 1;")
    first = settled(batch, name, 1)
    control.advance(30)
    batch.pool.enable_auto_scale(name, auto_scale_evaluation_interval=INTERVAL)
    second = batch.pool.get(name)
    control.advance(30)
    batch.pool.enable_auto_scale(name, auto_scale_formula="$TargetDedicatedNodes = 2;")

    third = settled(batch, name, 2)
    assert (first.enable_auto_scale, first.auto_scale_evaluation_interval) == (True, timedelta(minutes=15))
    assert second.auto_scale_formula == "$TargetDedicatedNodes = 1;"
    assert second.auto_scale_evaluation_interval == third.auto_scale_evaluation_interval == INTERVAL
    assert first.auto_scale_run.timestamp < second.auto_scale_run.timestamp < third.auto_scale_run.timestamp
    assert len({first.e_tag, second.e_tag, third.e_tag}) == 3


def test_a_new_interval_begins_when_it_is_asked_for(batch: BatchServiceClient, control: Control) -> None:
    name = scaling(batch)
    control.advance(200)
    batch.pool.enable_auto_scale(name, auto_scale_evaluation_interval=INTERVAL)
    begun = batch.pool.get(name).auto_scale_run.timestamp

    control.advance(200)
    between = batch.pool.get(name).auto_scale_run.timestamp
    control.advance(100)

    assert between == begun
    assert timedelta(0) <= batch.pool.get(name).auto_scale_run.timestamp - begun - INTERVAL < timedelta(seconds=5)


def resizing(batch: BatchServiceClient, control: Control) -> str:
    name = unique("pool")
    control.trouble(name, allocation_delay=600)
    batch.pool.add(pool_spec(name, target_dedicated_nodes=1))
    return name


def just_enabled(batch: BatchServiceClient, _: Control) -> str:
    name = scaling(batch)
    batch.pool.enable_auto_scale(name, auto_scale_evaluation_interval=INTERVAL)
    return name


def fixed(batch: BatchServiceClient, _: Control) -> str:
    name = unique("pool")
    batch.pool.add(pool_spec(name))
    return name


FORMULA: dict[str, Any] = {"auto_scale_formula": "$TargetDedicatedNodes = 1;"}
REFUSED_CHANGES: dict[str, tuple[Callable[[BatchServiceClient, Control], str], dict[str, Any], int, str]] = {
    "no formula yet": (fixed, {"auto_scale_evaluation_interval": INTERVAL}, 400, "InvalidAutoScalingSettings"),
    "nothing new": (lambda batch, _: scaling(batch), {}, 400, "InvalidAutoScalingSettings"),
    "a syntax error": (fixed, {"auto_scale_formula": "1 +"}, 400, "AutoScalingFormulaSyntaxError"),
    "too often": (fixed, {"auto_scale_evaluation_interval": timedelta(minutes=1)}, 400, "InvalidPropertyValue"),
    "while resizing": (resizing, FORMULA, 409, "PoolBeingResized"),
    "twice in 30 seconds": (just_enabled, FORMULA, 503, "TooManyEnableAutoScaleRequests"),
    "nowhere": (lambda _batch, _control: "nowhere", FORMULA, 404, "PoolNotFound"),
}


@pytest.mark.parametrize("case", REFUSED_CHANGES)
def test_what_cannot_be_enabled_is_refused(batch: BatchServiceClient, control: Control, case: str) -> None:
    make, given, status, code = REFUSED_CHANGES[case]
    pool = make(batch, control)

    with pytest.raises(models.BatchErrorException) as refusal:
        batch.pool.enable_auto_scale(pool, **given)

    assert (code_of(refusal), refusal.value.response.status_code) == (code, status)


def test_a_pool_that_scales_is_not_resized_by_hand(batch: BatchServiceClient) -> None:
    name = scaling(batch)

    with pytest.raises(models.BatchErrorException) as refusal:
        batch.pool.resize(name, models.PoolResizeParameter(target_dedicated_nodes=1))

    assert (code_of(refusal), refusal.value.response.status_code) == ("OperationInvalidForCurrentState", 409)
    assert "scales automatically" in values_of(refusal)["Reason"]


def test_a_pool_that_scales_no_more_keeps_its_size_and_can_be_resized(
    batch: BatchServiceClient, control: Control
) -> None:
    name = scaling(batch, "$TargetDedicatedNodes = 1;")
    settled(batch, name, 1)

    batch.pool.disable_auto_scale(name)
    batch.pool.disable_auto_scale(name)
    control.advance(600)
    pool = settled(batch, name, 1)
    batch.pool.resize(name, models.PoolResizeParameter(target_dedicated_nodes=0))

    settled(batch, name, 0)
    assert (pool.enable_auto_scale, pool.auto_scale_formula, pool.auto_scale_run) == (False, None, None)
    assert pool.auto_scale_evaluation_interval is None


def test_a_formula_is_evaluated_without_being_applied(batch: BatchServiceClient) -> None:
    name = scaling(batch)

    run = batch.pool.evaluate_auto_scale(name, "$TargetDedicatedNodes = 5; half = 1 / 2;")
    failed = batch.pool.evaluate_auto_scale(name, "$TargetDedicatedNodes = 5 / 0;")

    assert run.results == "$TargetDedicatedNodes=5;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;half=0.5"
    assert (run.error, failed.error.code) == (None, "AutoScalingFormulaEvaluationError")
    assert batch.pool.get(name).target_dedicated_nodes == 0


@pytest.mark.parametrize(
    ("make", "formula", "code"),
    [
        (fixed, "$TargetDedicatedNodes = 1;", "OperationInvalidForCurrentState"),
        (lambda batch, _: scaling(batch), "$TargetDedicatedNodes = ", "AutoScalingFormulaSyntaxError"),
    ],
    ids=["no autoscale", "a syntax error"],
)
def test_what_cannot_be_evaluated_is_refused(
    batch: BatchServiceClient, control: Control, make: Callable[..., str], formula: str, code: str
) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        batch.pool.evaluate_auto_scale(make(batch, control), formula)

    assert code_of(refusal) == code
