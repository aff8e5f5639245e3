"""Pools whose nodes do not come, or take their time."""

from __future__ import annotations

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import grown, pool_spec, unique
from tests.support.control import Control
from tests.support.waiting import until


def test_a_pool_without_quota_keeps_the_nodes_that_it_had_and_says_why(
    batch: BatchServiceClient, control: Control
) -> None:
    pool, _ = grown(batch)
    control.trouble(pool, resize_error={"code": "AccountCoreQuotaReached", "message": "no cores are left"})

    batch.pool.resize(pool, models.PoolResizeParameter(target_dedicated_nodes=3))
    until(lambda: batch.pool.get(pool).allocation_state == "steady")
    failed = batch.pool.get(pool)
    control.trouble(pool)
    batch.pool.resize(pool, models.PoolResizeParameter(target_dedicated_nodes=2))
    until(lambda: batch.pool.get(pool).allocation_state == "steady")

    assert [(error.code, error.message) for error in failed.resize_errors] == [
        ("AccountCoreQuotaReached", "no cores are left")
    ]
    assert (failed.target_dedicated_nodes, failed.current_dedicated_nodes) == (3, 1)
    assert (batch.pool.get(pool).resize_errors, batch.pool.get(pool).current_dedicated_nodes) == (None, 2)


@pytest.mark.parametrize(("delay", "errors", "nodes"), [(600, [], 2), (1200, ["AllocationTimedout"], 0)])
def test_nodes_that_take_their_time_come_or_time_out(
    batch: BatchServiceClient, control: Control, delay: int, errors: list[str], nodes: int
) -> None:
    name = unique("pool")
    control.trouble(name, allocation_delay=delay)

    batch.pool.add(pool_spec(name, target_dedicated_nodes=2))
    waiting = batch.pool.get(name)
    control.advance(1200)
    until(lambda: batch.pool.get(name).allocation_state == "steady")

    pool = batch.pool.get(name)
    assert (waiting.allocation_state, waiting.current_dedicated_nodes) == ("resizing", 0)
    assert [error.code for error in pool.resize_errors or ()] == errors
    assert pool.current_dedicated_nodes == nodes


def test_a_resize_that_waits_for_nodes_can_be_stopped(batch: BatchServiceClient, control: Control) -> None:
    pool, _ = grown(batch)
    control.trouble(pool, allocation_delay=600)
    batch.pool.resize(pool, models.PoolResizeParameter(target_dedicated_nodes=3))

    batch.pool.stop_resize(pool)
    control.advance(600)

    stopped = batch.pool.get(pool)
    assert (stopped.allocation_state, stopped.target_dedicated_nodes) == ("steady", 1)
    assert stopped.current_dedicated_nodes == 1
