"""Pools that are sized by a formula, through the vendor's client and a clock that can be made to jump."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    until,
    values_of,
)
from tests.support.control import Control
from tests.support.emulator import Emulator, running_emulator

INTERVAL = timedelta(minutes=5)
WHILE_PENDING = """
// two nodes while there is work, and until that is known
$enough = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 4) >= 50;
$pending = $enough ? max($PendingTasks.GetSample(TimeInterval_Minute * 4)) : 1;
$TargetDedicatedNodes = $pending > 0 ? 2 : 0;
$NodeDeallocationOption = taskcompletion;
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("autoscale") / "emulator", control=True) as running:
        yield running


@pytest.fixture
def control(emulator: Emulator) -> Control:
    return emulator.control


@pytest.fixture
def client(emulator: Emulator) -> Iterator[BatchServiceClient]:
    with emulator.batch() as connected:
        connected.config.retry_policy.retries = 0
        yield connected


def scaling(client: BatchServiceClient, formula: str = "$TargetDedicatedNodes = 0;", **changes: Any) -> str:
    """A pool of its own with a formula."""
    name = unique("pool")
    given = {"enable_auto_scale": True, "auto_scale_formula": formula, "auto_scale_evaluation_interval": INTERVAL}
    client.pool.add(pool_spec(name, target_dedicated_nodes=None, **(given | changes)))
    return name


def settled(client: BatchServiceClient, pool: str, nodes: int) -> models.CloudPool:
    """The pool, once it has so many nodes and is steady."""

    def holds() -> models.CloudPool | None:
        found = client.pool.get(pool)
        return found if (found.allocation_state, found.current_dedicated_nodes) == ("steady", nodes) else None

    found: models.CloudPool = until(holds)
    return found


def completed(client: BatchServiceClient, job: str, task: str) -> bool:
    return bool(client.task.get(job, task).state == "completed")


def test_a_pool_starts_with_nodes_has_none_when_idle_and_grows_again_for_tasks(
    client: BatchServiceClient, control: Control
) -> None:
    pool = scaling(client, WHILE_PENDING)
    settled(client, pool, 2)

    control.advance(300)
    settled(client, pool, 0)
    job = unique("job")
    client.job.add(job_spec(job, pool))
    client.task.add(job, task_spec("t", script("exec sleep 300")))
    control.advance(300)
    settled(client, pool, 2)
    until(lambda: client.task.get(job, "t").state == "running")
    client.task.terminate(job, "t")
    control.advance(600)

    settled(client, pool, 0)


def test_tasks_run_and_idle_nodes_go_again_and_again_under_a_clock_that_runs_fast(tmp_path: Path) -> None:
    with running_emulator(tmp_path / "fast", clock_rate=300.0) as fast, fast.batch() as client:
        pool = scaling(client, WHILE_PENDING)
        job = unique("job")
        client.job.add(job_spec(job, pool))
        ran = []

        for name in ("first", "second", "third"):
            client.task.add(job, task_spec(name))
            until(partial(completed, client, job, name))
            assert settled(client, pool, 0).auto_scale_run.error is None
            ran.append(client.task.get(job, name).node_info.node_id)

        assert len(set(ran)) == 3  # each on a node of its own time


def test_a_pool_shows_its_formula_and_what_came_of_it(client: BatchServiceClient) -> None:
    formula = '$TargetDedicatedNodes = time() > time("2026-01-01T00:00:00Z") ? 1 : 0;'
    name = scaling(client, formula, auto_scale_evaluation_interval=None)

    pool = settled(client, name, 1)

    assert (pool.enable_auto_scale, pool.auto_scale_formula) == (True, formula)
    assert pool.auto_scale_evaluation_interval == timedelta(minutes=15)
    assert pool.auto_scale_run.results == (
        "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    )
    assert abs(pool.auto_scale_run.timestamp - pool.creation_time) < timedelta(seconds=1)
    assert pool.auto_scale_run.error is None
    assert pool.target_dedicated_nodes == 1


def test_a_formula_may_name_the_day_on_which_all_ends(client: BatchServiceClient, control: Control) -> None:
    now = datetime.fromtimestamp(control.call("GET", "clock")["now"], timezone.utc)
    name = scaling(client, f'$TargetDedicatedNodes = time() < time("{now + 2 * INTERVAL:%Y-%m-%dT%H:%M:%SZ}") ? 1 : 0;')
    settled(client, name, 1)

    control.advance(300)
    still = client.pool.get(name).current_dedicated_nodes
    control.advance(300)

    assert still == 1
    settled(client, name, 0)


def test_an_evaluation_that_fails_says_so_and_keeps_the_size(client: BatchServiceClient) -> None:
    name = scaling(client, "$TargetDedicatedNodes = $ActiveTasks.GetSample(TimeInterval_Hour, 100);")

    pool = settled(client, name, 0)

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
def test_a_pool_that_cannot_scale_is_not_added(client: BatchServiceClient, case: str) -> None:
    changes, code = REFUSED_POOLS[case]
    name = unique("pool")
    given = {"enable_auto_scale": True, "auto_scale_formula": "$TargetDedicatedNodes = 1;"}

    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.add(pool_spec(name, **({"target_dedicated_nodes": None} | given | changes)))

    assert (code_of(refusal), refusal.value.response.status_code) == (code, 400)
    assert not client.pool.exists(name)


def test_a_syntax_error_is_told_with_its_place(client: BatchServiceClient) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        scaling(client, "$a = 1;\n$TargetDedicatedNodes = $Nope;")

    assert values_of(refusal)["Message"].startswith("Line 2, Col 25: ")


def test_autoscale_is_enabled_later_at_once_and_changed_in_parts(client: BatchServiceClient, control: Control) -> None:
    name = unique("pool")
    client.pool.add(pool_spec(name))

    client.pool.enable_auto_scale(name, auto_scale_formula="$TargetDedicatedNodes = 1;")
    first = settled(client, name, 1)
    control.advance(30)
    client.pool.enable_auto_scale(name, auto_scale_evaluation_interval=INTERVAL)
    second = client.pool.get(name)
    control.advance(30)
    client.pool.enable_auto_scale(name, auto_scale_formula="$TargetDedicatedNodes = 2;")

    third = settled(client, name, 2)
    assert (first.enable_auto_scale, first.auto_scale_evaluation_interval) == (True, timedelta(minutes=15))
    assert second.auto_scale_formula == "$TargetDedicatedNodes = 1;"
    assert second.auto_scale_evaluation_interval == third.auto_scale_evaluation_interval == INTERVAL
    assert first.auto_scale_run.timestamp < second.auto_scale_run.timestamp < third.auto_scale_run.timestamp
    assert len({first.e_tag, second.e_tag, third.e_tag}) == 3


def test_a_new_interval_begins_when_it_is_asked_for(client: BatchServiceClient, control: Control) -> None:
    name = scaling(client)
    control.advance(200)
    client.pool.enable_auto_scale(name, auto_scale_evaluation_interval=INTERVAL)
    begun = client.pool.get(name).auto_scale_run.timestamp

    control.advance(200)
    between = client.pool.get(name).auto_scale_run.timestamp
    control.advance(100)

    assert between == begun
    assert timedelta(0) <= client.pool.get(name).auto_scale_run.timestamp - begun - INTERVAL < timedelta(seconds=5)


def resizing(client: BatchServiceClient, control: Control) -> str:
    name = unique("pool")
    control.trouble(name, allocation_delay=600)
    client.pool.add(pool_spec(name, target_dedicated_nodes=1))
    return name


def just_enabled(client: BatchServiceClient, _: Control) -> str:
    name = scaling(client)
    client.pool.enable_auto_scale(name, auto_scale_evaluation_interval=INTERVAL)
    return name


def fixed(client: BatchServiceClient, _: Control) -> str:
    name = unique("pool")
    client.pool.add(pool_spec(name))
    return name


FORMULA: dict[str, Any] = {"auto_scale_formula": "$TargetDedicatedNodes = 1;"}
REFUSED_CHANGES: dict[str, tuple[Callable[[BatchServiceClient, Control], str], dict[str, Any], int, str]] = {
    "no formula yet": (fixed, {"auto_scale_evaluation_interval": INTERVAL}, 400, "InvalidAutoScalingSettings"),
    "nothing new": (lambda client, _: scaling(client), {}, 400, "InvalidAutoScalingSettings"),
    "a syntax error": (fixed, {"auto_scale_formula": "1 +"}, 400, "AutoScalingFormulaSyntaxError"),
    "too often": (fixed, {"auto_scale_evaluation_interval": timedelta(minutes=1)}, 400, "InvalidPropertyValue"),
    "while resizing": (resizing, FORMULA, 409, "PoolBeingResized"),
    "twice in 30 seconds": (just_enabled, FORMULA, 503, "TooManyEnableAutoScaleRequests"),
    "nowhere": (lambda _client, _control: "nowhere", FORMULA, 404, "PoolNotFound"),
}


@pytest.mark.parametrize("case", REFUSED_CHANGES)
def test_what_cannot_be_enabled_is_refused(client: BatchServiceClient, control: Control, case: str) -> None:
    make, given, status, code = REFUSED_CHANGES[case]
    pool = make(client, control)

    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.enable_auto_scale(pool, **given)

    assert (code_of(refusal), refusal.value.response.status_code) == (code, status)


def test_a_pool_that_scales_is_not_resized_by_hand(client: BatchServiceClient) -> None:
    name = scaling(client)

    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.resize(name, models.PoolResizeParameter(target_dedicated_nodes=1))

    assert (code_of(refusal), refusal.value.response.status_code) == ("OperationInvalidForCurrentState", 409)
    assert "scales automatically" in values_of(refusal)["Reason"]


def test_a_pool_that_scales_no_more_keeps_its_size_and_can_be_resized(
    client: BatchServiceClient, control: Control
) -> None:
    name = scaling(client, "$TargetDedicatedNodes = 1;")
    settled(client, name, 1)

    client.pool.disable_auto_scale(name)
    client.pool.disable_auto_scale(name)
    control.advance(600)
    pool = settled(client, name, 1)
    client.pool.resize(name, models.PoolResizeParameter(target_dedicated_nodes=0))

    settled(client, name, 0)
    assert (pool.enable_auto_scale, pool.auto_scale_formula, pool.auto_scale_run) == (False, None, None)
    assert pool.auto_scale_evaluation_interval is None


def test_a_formula_is_evaluated_without_being_applied(client: BatchServiceClient) -> None:
    name = scaling(client)

    run = client.pool.evaluate_auto_scale(name, "$TargetDedicatedNodes = 5; half = 1 / 2;")
    failed = client.pool.evaluate_auto_scale(name, "$TargetDedicatedNodes = 5 / 0;")

    assert run.results == "$TargetDedicatedNodes=5;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;half=0.5"
    assert (run.error, failed.error.code) == (None, "AutoScalingFormulaEvaluationError")
    assert client.pool.get(name).target_dedicated_nodes == 0


@pytest.mark.parametrize(
    ("make", "formula", "code"),
    [
        (fixed, "$TargetDedicatedNodes = 1;", "OperationInvalidForCurrentState"),
        (lambda client, _: scaling(client), "$TargetDedicatedNodes = ", "AutoScalingFormulaSyntaxError"),
    ],
    ids=["no autoscale", "a syntax error"],
)
def test_what_cannot_be_evaluated_is_refused(
    client: BatchServiceClient, control: Control, make: Callable[..., str], formula: str, code: str
) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.pool.evaluate_auto_scale(make(client, control), formula)

    assert code_of(refusal) == code


def test_documents_of_autoscale_are_as_the_official_one_has_them(
    emulator: Emulator, client: BatchServiceClient, control: Control
) -> None:
    target = Target(emulator.url, emulator.account, emulator.key)
    wire = Wire(target, SharedKeyCredentials(target.name, target.key).auth)
    good, bad = scaling(client), scaling(client, "$TargetDedicatedNodes = 1 / 0;")
    poor = unique("pool")
    control.trouble(poor, resize_error={"code": "AccountCoreQuotaReached", "message": "no cores are left"})
    client.pool.add(pool_spec(poor, target_dedicated_nodes=1))

    answers = [("Pool_Get", wire("GET", f"/pools/{pool}")) for pool in (good, bad, poor)]
    for formula in ("$TargetDedicatedNodes = 1;", "$TargetDedicatedNodes = 1 / 0;"):
        body = {"autoScaleFormula": formula}
        answers.append(("Pool_EvaluateAutoScale", wire("POST", f"/pools/{good}/evaluateautoscale", body=body)))
    wire.close()

    assert [answer.status_code for _, answer in answers] == [200] * 5
    assert [checker().response(operation, 200, answer.json()) for operation, answer in answers] == [[]] * 5
