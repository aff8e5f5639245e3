"""Pools that are sized by a formula, through the vendor's client and a clock that can be made to jump."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchServiceClient, models
from azure.batch.batch_auth import SharedKeyCredentials

from tests.contract.batch.openapi import checker
from tests.contract.batch.support import (
    Target,
    Wire,
    code_of,
    job_spec,
    pool_spec,
    script,
    task_spec,
    unique,
    values_of,
)
from tests.contract.control.scaling import INTERVAL, scaling, settled
from tests.support.control import Control
from tests.support.emulator import Emulator, running_emulator
from tests.support.waiting import until

WHILE_PENDING = """
// two nodes while there is work, and until that is known
$enough = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 4) >= 50;
$pending = $enough ? max($PendingTasks.GetSample(TimeInterval_Minute * 4)) : 1;
$TargetDedicatedNodes = $pending > 0 ? 2 : 0;
$NodeDeallocationOption = taskcompletion;
"""


def completed(batch: BatchServiceClient, job: str, task: str) -> bool:
    return bool(batch.task.get(job, task).state == "completed")


def test_a_pool_starts_with_nodes_has_none_when_idle_and_grows_again_for_tasks(
    batch: BatchServiceClient, control: Control
) -> None:
    pool = scaling(batch, WHILE_PENDING)
    settled(batch, pool, 2)

    control.advance(300)
    settled(batch, pool, 0)
    job = unique("job")
    batch.job.add(job_spec(job, pool))
    batch.task.add(job, task_spec("t", script("exec sleep 300")))
    control.advance(300)
    settled(batch, pool, 2)
    until(lambda: batch.task.get(job, "t").state == "running")
    batch.task.terminate(job, "t")
    control.advance(600)

    settled(batch, pool, 0)


def test_tasks_run_and_idle_nodes_go_again_and_again_under_a_clock_that_runs_fast(tmp_path: Path) -> None:
    with running_emulator(tmp_path / "fast", clock_rate=300.0) as fast, fast.batch() as batch:
        pool = scaling(batch, WHILE_PENDING)
        job = unique("job")
        batch.job.add(job_spec(job, pool))
        ran = []

        for name in ("first", "second", "third"):
            batch.task.add(job, task_spec(name))
            until(partial(completed, batch, job, name))
            assert settled(batch, pool, 0).auto_scale_run.error is None
            ran.append(batch.task.get(job, name).node_info.node_id)

        assert len(set(ran)) == 3  # each on a node of its own time


def test_a_pool_shows_its_formula_and_what_came_of_it(batch: BatchServiceClient) -> None:
    formula = '$TargetDedicatedNodes = time() > time("2026-01-01T00:00:00Z") ? 1 : 0;'
    name = scaling(batch, formula, auto_scale_evaluation_interval=None)

    pool = settled(batch, name, 1)

    assert (pool.enable_auto_scale, pool.auto_scale_formula) == (True, formula)
    assert pool.auto_scale_evaluation_interval == timedelta(minutes=15)
    assert pool.auto_scale_run.results == (
        "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    )
    assert abs(pool.auto_scale_run.timestamp - pool.creation_time) < timedelta(seconds=1)
    assert pool.auto_scale_run.error is None
    assert pool.target_dedicated_nodes == 1


def test_a_formula_may_name_the_day_on_which_all_ends(batch: BatchServiceClient, control: Control) -> None:
    now = datetime.fromtimestamp(control.call("GET", "clock")["now"], timezone.utc)
    name = scaling(batch, f'$TargetDedicatedNodes = time() < time("{now + 2 * INTERVAL:%Y-%m-%dT%H:%M:%SZ}") ? 1 : 0;')
    settled(batch, name, 1)

    control.advance(300)
    still = batch.pool.get(name).current_dedicated_nodes
    control.advance(300)

    assert still == 1
    settled(batch, name, 0)


def test_an_evaluation_that_fails_says_so_and_keeps_the_size(batch: BatchServiceClient) -> None:
    name = scaling(batch, "$TargetDedicatedNodes = $ActiveTasks.GetSample(TimeInterval_Hour, 100);")

    pool = settled(batch, name, 0)

    assert pool.auto_scale_run.error.code == "InsufficientSampleData"
    assert [value.name for value in pool.auto_scale_run.error.values or ()] == ["Message"]


REFUSED_POOLS: dict[str, tuple[dict[str, Any], str]] = {
    "a syntax error": ({"auto_scale_formula": "$TargetDedicatedNodes = ;"}, "AutoScalingFormulaSyntaxError"),
    "an unknown variable": ({"auto_scale_formula": "$TargetDedicatedNodes = $Nope;"}, "AutoScalingFormulaSyntaxError"),
    "too long": ({"auto_scale_formula": "$TargetDedicatedNodes = 1;" + " " * 8192}, "AutoScalingFormulaTooLong"),
    "no formula": ({"auto_scale_formula": None}, "InvalidAutoScalingSettings"),
    "numbers beside it": ({"target_dedicated_nodes": 1}, "InvalidAutoScalingSettings"),
    "not enabled": ({"enable_auto_scale": False, "target_dedicated_nodes": 0}, "InvalidAutoScalingSettings"),
    "too often": ({"auto_scale_evaluation_interval": timedelta(minutes=4, seconds=59)}, "InvalidPropertyValue"),
    "too seldom": ({"auto_scale_evaluation_interval": timedelta(hours=168, seconds=1)}, "InvalidPropertyValue"),
}


@pytest.mark.parametrize("case", REFUSED_POOLS)
def test_a_pool_that_cannot_scale_is_not_added(batch: BatchServiceClient, case: str) -> None:
    changes, code = REFUSED_POOLS[case]
    name = unique("pool")
    given = {"enable_auto_scale": True, "auto_scale_formula": "$TargetDedicatedNodes = 1;"}

    with pytest.raises(models.BatchErrorException) as refusal:
        batch.pool.add(pool_spec(name, **({"target_dedicated_nodes": None} | given | changes)))

    assert (code_of(refusal), refusal.value.response.status_code) == (code, 400)
    assert not batch.pool.exists(name)


def test_a_syntax_error_is_told_with_its_place(batch: BatchServiceClient) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        scaling(batch, "$a = 1;\n$TargetDedicatedNodes = $Nope;")

    assert values_of(refusal)["Message"].startswith("Line 2, Col 25: ")


def test_documents_of_autoscale_are_as_the_official_one_has_them(
    emulator: Emulator, batch: BatchServiceClient, control: Control
) -> None:
    target = Target(emulator.url, emulator.account, emulator.key)
    wire = Wire(target, SharedKeyCredentials(target.name, target.key).auth)
    good, bad = scaling(batch), scaling(batch, "$TargetDedicatedNodes = 1 / 0;")
    poor = unique("pool")
    control.trouble(poor, resize_error={"code": "AccountCoreQuotaReached", "message": "no cores are left"})
    batch.pool.add(pool_spec(poor, target_dedicated_nodes=1))

    answers = [("Pool_Get", wire("GET", f"/pools/{pool}")) for pool in (good, bad, poor)]
    for formula in ("$TargetDedicatedNodes = 1;", "$TargetDedicatedNodes = 1 / 0;"):
        body = {"autoScaleFormula": formula}
        answers.append(("Pool_EvaluateAutoScale", wire("POST", f"/pools/{good}/evaluateautoscale", body=body)))
    wire.close()

    assert [answer.status_code for _, answer in answers] == [200] * 5
    assert [checker().response(operation, 200, answer.json()) for operation, answer in answers] == [[]] * 5
