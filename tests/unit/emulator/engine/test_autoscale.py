"""Pools sized by a formula, on virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.records import Failure
from batchspec.emulator.engine.simulate import Simulation
from batchspec.emulator.engine.troubles import Trouble
from tests.unit.emulator.engine.workload import add_job, add_pool, add_tasks, after

if TYPE_CHECKING:
    from batchspec.emulator.engine.records import Pool

START = 1_800_000_000.0  # 2027-01-15T08:00:00Z
INTERVAL = 300.0

WHILE_PENDING = """
$enough = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 4) >= 50;
$pending = $enough ? max($PendingTasks.GetSample(TimeInterval_Minute * 4)) : 1;
$TargetDedicatedNodes = $pending > 0 ? 3 : 0;
$NodeDeallocationOption = taskcompletion;
"""


def scaling(simulation: Simulation, formula: str, **body: Any) -> Pool:
    interval = {"autoScaleEvaluationInterval": "PT5M"} | body
    return add_pool(simulation, 0, enableAutoScale=True, autoScaleFormula=formula, **interval)


def simulated(seconds: float = 1.0) -> Simulation:
    return Simulation(lambda _: (seconds, Outcome(0)), now=START)


def size(pool: Pool) -> tuple[int, int]:
    return pool.current_dedicated, pool.current_spot


def test_a_pool_starts_large_shrinks_when_idle_and_grows_again_for_tasks() -> None:
    simulation = simulated()
    pool = scaling(simulation, WHILE_PENDING)
    sizes = []

    simulation.run_until(START + 1)
    sizes.append(size(pool))
    simulation.run_until(START + INTERVAL + 1)
    sizes.append(size(pool))
    (task,) = add_tasks(simulation, add_job(simulation), [{"id": "a"}])
    simulation.run_until(START + 2 * INTERVAL + 2)
    sizes.append(size(pool))
    simulation.run_until(START + 3 * INTERVAL + 2)
    sizes.append(size(pool))

    assert sizes == [(3, 0), (0, 0), (3, 0), (0, 0)]
    assert (task.result, pool.allocation) == ("success", "steady")


def test_an_evaluation_is_told_with_its_time_and_its_results() -> None:
    simulation = simulated()
    pool = scaling(simulation, "$TargetDedicatedNodes = 1; $TargetLowPriorityNodes = 2; half = 0.5;")

    simulation.run_until(START + INTERVAL + 10)

    assert pool.scale_run is not None
    assert pool.scale_run.time == START + INTERVAL
    assert pool.scale_run.results == (
        "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=2;$NodeDeallocationOption=requeue;half=0.5"
    )
    assert size(pool) == (1, 2)


def test_an_error_keeps_the_size_and_is_told_until_an_evaluation_succeeds() -> None:
    simulation = simulated()
    pool = scaling(simulation, '$TargetDedicatedNodes = 2 / (time() < time("2027-01-15T08:05:01Z") ? 0 : 1);')

    simulation.run_until(START + 1)
    first = pool.scale_run
    simulation.run_until(START + 2 * INTERVAL + 1)

    assert first is not None
    assert first.error is not None
    assert first.error.code == "AutoScalingFormulaEvaluationError"
    assert pool.scale_run is not None
    assert (pool.scale_run.error, size(pool)) == (None, (2, 0))


def test_a_formula_may_depend_on_the_time_alone() -> None:
    simulation = simulated()
    pool = scaling(simulation, '$TargetDedicatedNodes = time() < time("2027-01-15T08:07:00Z") ? 2 : 0;')
    sizes = []

    for minute in (1, 6, 11):
        simulation.run_until(START + 60 * minute)
        sizes.append(size(pool))

    assert sizes == [(2, 0), (2, 0), (0, 0)]


@pytest.mark.parametrize(
    ("option", "state", "result", "left"),
    [
        ("requeue", "active", None, 0),
        ("terminate", "completed", "failure", 0),
        ("taskcompletion", "running", None, 1),
        ("retaineddata", "running", None, 1),
    ],
)
def test_a_formula_says_what_becomes_of_running_tasks(option: str, state: str, result: str | None, left: int) -> None:
    simulation = simulated(10_000)
    early = 'time() < time("2027-01-15T08:01:00Z")'
    pool = scaling(simulation, f"$TargetDedicatedNodes = {early} ? 1 : 0; $NodeDeallocationOption = {option};")
    (task,) = add_tasks(simulation, add_job(simulation), [{"id": "a"}])

    simulation.run_until(START + INTERVAL + 5)

    assert (task.state, task.result, len(pool.nodes)) == (state, result, left)
    assert pool.target_dedicated == 0


def test_another_size_takes_the_place_of_a_resize_under_way() -> None:
    simulation = simulated()
    simulation.scheduler.trouble_pool(START, "p", Trouble(delay=800.0))
    pool = scaling(simulation, '$TargetDedicatedNodes = time() < time("2027-01-15T08:04:00Z") ? 3 : 1;')

    simulation.run_until(START + 200)
    waiting = (pool.allocation, pool.target_dedicated, size(pool))
    simulation.run_until(START + INTERVAL + 801)

    assert waiting == ("resizing", 3, (0, 0))
    assert (pool.allocation, pool.target_dedicated, size(pool)) == ("steady", 1, (1, 0))


def test_a_stopped_resize_is_tried_again_by_the_next_evaluation() -> None:
    simulation = simulated()
    simulation.scheduler.trouble_pool(START, "p", Trouble(delay=100.0))
    pool = scaling(simulation, "$TargetDedicatedNodes = 2;")
    simulation.run_until(START + 10)

    simulation.scheduler.stop_resize(simulation.now, pool)
    simulation.run_until(START + 200)
    stopped = (pool.allocation, pool.target_dedicated, size(pool))
    simulation.run_until(START + INTERVAL + 101)

    assert stopped == ("steady", 0, (0, 0))
    assert (pool.target_dedicated, size(pool)) == (2, (2, 0))


def test_a_failed_resize_is_tried_again_until_it_succeeds() -> None:
    simulation = simulated()
    quota = Failure("UserError", "AccountCoreQuotaReached", "no cores are left")
    simulation.scheduler.trouble_pool(START, "p", Trouble(quota, times=2))
    pool = scaling(simulation, "$TargetDedicatedNodes = 2;")

    simulation.run_until(START + INTERVAL + 1)
    failed = (pool.allocation, pool.resize_errors, size(pool))
    simulation.run_until(START + 2 * INTERVAL + 1)

    assert failed == ("steady", (quota,), (0, 0))
    assert (pool.resize_errors, size(pool)) == ((), (2, 0))


def test_a_formula_cannot_ask_for_more_nodes_than_a_machine_can_play() -> None:
    simulation = simulated()
    pool = scaling(simulation, "$TargetDedicatedNodes = 1001;")

    simulation.run_until(START + 1)

    assert pool.scale_run is not None
    assert pool.scale_run.error is not None
    assert "at most 1000 nodes" in dict(pool.scale_run.error.details)["Message"]
    assert pool.target_dedicated == 0


def test_a_pool_that_scales_no_more_keeps_its_size() -> None:
    simulation = simulated()
    pool = scaling(simulation, '$TargetDedicatedNodes = time() < time("2027-01-15T08:01:00Z") ? 2 : 0;')
    simulation.run_until(START + 1)

    pool.body = {"id": "p", "enableAutoScale": False}
    simulation.scheduler.unscale_pool(simulation.now, pool)
    simulation.run_until(START + 2 * INTERVAL)

    assert (size(pool), pool.scale_run, pool.scale_next) == ((2, 0), None, None)


def test_a_deleted_pool_is_evaluated_no_more() -> None:
    simulation = simulated()
    pool = scaling(simulation, "$TargetDedicatedNodes = 2;")
    simulation.run_until(START + 1)

    simulation.scheduler.delete_pool(simulation.now, pool)
    simulation.run_until(START + 2 * INTERVAL)

    assert dict(simulation.scheduler.pools) == {}


@given(st.floats(1, 20 * INTERVAL))
def test_however_far_the_clock_jumps_one_evaluation_follows_and_the_next_is_on_the_grid(jump: float) -> None:
    simulation = simulated()
    pool = scaling(simulation, "$TargetDedicatedNodes = 1;")
    simulation.run_until(START)
    evaluated = pool.scale_run

    simulation.now = START + jump
    simulation.scheduler.clock(simulation.now)

    assert pool.scale_run is not None
    assert pool.scale_next is not None
    assert simulation.now < pool.scale_next <= simulation.now + INTERVAL
    assert (pool.scale_next - START) % INTERVAL == 0
    assert (pool.scale_run is evaluated) == (jump < INTERVAL)
    assert pool.scale_run.time == (START if jump < INTERVAL else simulation.now)


def test_only_tasks_that_could_start_count_as_active() -> None:
    simulation = simulated(100_000)
    formula = "$TargetDedicatedNodes = 0; active = $ActiveTasks.GetSample(1); pending = $PendingTasks.GetSample(1);"
    pool = scaling(simulation, formula)
    add_tasks(simulation, add_job(simulation), [{"id": "a"}, {"id": "b"}, after("a", id="c"), after("c", id="d")])

    simulation.run_until(START + INTERVAL)

    assert pool.scale_run is not None
    assert pool.scale_run.results.endswith("active=[2];pending=[2]")
