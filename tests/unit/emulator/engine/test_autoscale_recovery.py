"""What is left of autoscale after a restart of the engine, and what it does to the idle stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.clock import Clock
from batchspec.emulator.engine.records import Failure
from batchspec.emulator.engine.troubles import Trouble
from tests.unit.emulator.engine.conftest import JOB, POOL, until

if TYPE_CHECKING:
    from batchspec.emulator.engine.engine import Engine
    from batchspec.emulator.engine.records import Pool
    from tests.unit.emulator.engine.conftest import Start

QUOTA = Failure("UserError", "AccountCoreQuotaReached", "no cores are left")


def scaling(formula: str) -> dict[str, Any]:
    given = {"enableAutoScale": True, "autoScaleFormula": formula, "autoScaleEvaluationInterval": "PT5M"}
    return {"id": "p", "taskSlotsPerNode": 1, **given}


def pool_of(engine: Engine) -> Pool:
    pool = engine.pool("p")
    assert pool is not None
    return pool


def test_the_last_evaluation_and_the_time_of_the_next_outlive_a_restart(start: Start) -> None:
    async def main() -> None:
        async with start(clock=Clock()) as engine:
            pool = engine.add_pool(scaling("$TargetDedicatedNodes = 1 / 0;"))
            before = pool.scale_run, pool.scale_next
        clock = Clock()
        async with start(clock=clock) as engine:
            pool = pool_of(engine)
            assert (pool.scale_run, pool.scale_next) == before
            clock.advance(300)
            assert pool.scale_run is not None
            assert pool.scale_run != before[0]

    asyncio.run(main())


def test_after_a_restart_there_are_no_samples(start: Start) -> None:
    formula = "$TargetDedicatedNodes = 0; percent = $ActiveTasks.GetSamplePercent(TimeInterval_Minute);"

    async def main() -> None:
        clock = Clock()
        async with start(clock=clock) as engine:
            engine.add_pool(scaling(formula))
            clock.advance(90)
            known = engine.autoscale.evaluate("p", formula).results
        async with start() as engine:
            assert known.endswith("percent=100")
            assert engine.autoscale.evaluate("p", formula).results.endswith("percent=0")

    asyncio.run(main())


def test_a_resize_that_waited_for_nodes_gets_them_after_a_restart_and_errors_stay(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.failures.trouble_pool("p", Trouble(delay=100.0))
            engine.failures.trouble_pool("poor", Trouble(QUOTA))
            engine.add_pool(POOL)
            engine.add_pool({**POOL, "id": "poor"})
            assert (pool_of(engine).allocation, len(pool_of(engine).nodes)) == ("resizing", 0)
        async with start() as engine:
            await until(lambda: pool_of(engine).allocation == "steady")
            poor = engine.pool("poor")
            assert poor is not None
            assert (len(pool_of(engine).nodes), len(poor.nodes)) == (1, 0)
            assert poor.resize_errors == (QUOTA,)

    asyncio.run(main())


@pytest.mark.parametrize("how", ["unusable", "died", "preempted"])
def test_a_restart_repairs_nodes(start: Start, how: Any) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool({**POOL, "targetDedicatedNodes": 0, "targetLowPriorityNodes": 1})
            (node,) = pool_of(engine).nodes
            engine.failures.fail_node("p", node, how)
        async with start() as engine:
            assert [node.state for node in pool_of(engine).nodes.values()] == ["idle"]

    asyncio.run(main())


def test_an_engine_whose_tasks_wait_for_a_formula_is_not_idle_for_two_intervals(start: Start) -> None:
    async def main() -> None:
        clock = Clock()
        async with start(clock=clock) as engine:
            engine.add_pool(scaling("$TargetDedicatedNodes = 0;"))
            engine.add_job(JOB)
            engine.add_tasks("j", [{"id": "a", "commandLine": "true"}])
            expecting = [engine.idle_since is None]
            for _ in range(3):
                clock.advance(290)
                expecting.append(engine.idle_since is None)
            assert expecting == [True, True, True, False]

    asyncio.run(main())


def test_looks_at_the_clock_are_no_work_and_resizes_are(start: Start) -> None:
    async def main() -> None:
        clock = Clock()
        async with start(clock=clock) as engine:
            engine.add_pool(scaling("$TargetDedicatedNodes = $CurrentDedicatedNodes.Count() >= 11 ? 1 : 0;"))
            began, first = engine.idle_since, pool_of(engine).scale_run
            await asyncio.sleep(0.002)
            clock.advance(300)
            assert pool_of(engine).scale_run != first
            assert engine.idle_since == began
            clock.advance(300)
            assert pool_of(engine).target_dedicated == 1
            after = engine.idle_since
            assert began is not None
            assert after is not None
            assert after > began

    asyncio.run(main())
