"""A pool whose nodes go by themselves: when nobody watches, when its lifetime is over, and with which formula."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchspec.compiler.program import Finish
from batchspec.ports import Fault
from batchspec.run import Options, Verdict, finish
from batchspec.run.events import Armed, Event, Kept, PoolReady, PoolResizing, TaskMoved
from tests.support.endings import DELETE, KEEP, ZERO
from tests.support.fakes import Behaviour
from tests.support.programs import job_of, program
from tests.support.world import World, codes, of

HOUR = timedelta(hours=1)
UNWATCHED = {
    "kept": (KEEP, None, [2, 2, 2]),
    "scaled to zero": (ZERO, None, [2, 0, 0]),
    "deleted": (DELETE, None, [2, 0, 0]),
    "kept for a lifetime": (KEEP, 2 * HOUR, [2, 2, 0]),
    "scaled to zero, with a lifetime": (ZERO, 2 * HOUR, [2, 0, 0]),
}


@pytest.mark.parametrize(("asked", "lifetime", "left"), UNWATCHED.values(), ids=UNWATCHED)
def test_the_nodes_go_when_nobody_has_watched(asked: Finish, lifetime: timedelta | None, left: list[int]) -> None:
    world = World({"a": Behaviour(seconds=1800.0)})
    world.apply(program(["a"], finish=asked, nodes=2, lifetime=lifetime), Options(wait=False))

    found = []
    for seconds in (1700.0, 1900.0, 4200.0):
        world.clock.sleep(seconds)
        found.append(len(world.batch.pools["demo-pool"].nodes))

    assert found == left


def test_a_task_that_runs_at_the_end_of_the_lifetime_waits_and_the_watch_says_why() -> None:
    world = World({"a": Behaviour(seconds=1e6)})

    _, report = world.apply(program(["a"], nodes=2, lifetime=HOUR))

    assert report.verdict is Verdict.BLOCKED
    (found,) = (one for one in report.diagnostics if one.code == "BS805")
    assert found.message == 'pool "demo-pool" has no nodes any more: its lifetime is over'
    assert world.clock.time < 2 * HOUR.total_seconds()


def test_a_pool_that_gets_no_nodes_is_named_though_a_formula_asks_for_them() -> None:
    world = World()
    world.batch.resize_errors = (Fault("AccountCoreQuotaReached", "The core quota is used up."),)

    def take_nodes(_event: Event) -> None:
        for pool in world.batch.pools.values():
            pool.nodes.clear()

    _, report = world.apply(program(["a"], finish=ZERO, nodes=2), seen=take_nodes)

    assert "BS805" in codes(report)


def test_a_pool_whose_size_a_formula_gives_is_told_and_left() -> None:
    world = World()

    def scale(event: Event) -> None:
        if isinstance(event, Armed):
            pool = world.batch.pools["demo-pool"]
            pool.view = replace(pool.view, autoscale=True)

    _, report = world.apply(program(["a"], finish=ZERO), seen=scale)

    assert report.verdict is Verdict.SUCCEEDED
    assert codes(report) == ["BS812"]


def test_a_pool_that_is_still_being_resized_is_stopped_and_scaled_to_zero() -> None:
    world = World()

    def resize(event: Event) -> None:
        if isinstance(event, TaskMoved) and event.task.state == "completed":
            pool = world.batch.pools["demo-pool"]
            pool.view, pool.steady_at = replace(pool.view, allocation="resizing"), world.clock.time + 3600.0

    world.apply(program(["a"], finish=ZERO, nodes=2), seen=resize)

    assert world.batch.log[-1] == "autoscale pool demo-pool"
    assert world.batch.pools["demo-pool"].view.target_nodes == 0
    assert world.clock.time < 60.0


def test_a_pool_that_does_not_take_its_formula_now_is_left_to_the_one_that_it_has() -> None:
    world = World()
    made = program(["a"], finish=ZERO, nodes=2)
    world.apply(made, Options(wait=False))
    world.clock.sleep(60.0)
    world.batch.pools["demo-pool"].formula_at = world.clock.time

    events = list(finish(made, world.batch, world.blobs, world.clock))

    reason = "its nodes go by themselves when no task has waited or run for 10 minutes"
    assert of(events, Kept) == [Kept("pool", "demo-pool", reason)]
    world.clock.sleep(1800.0)
    assert world.batch.pools["demo-pool"].nodes == []


def test_a_pool_of_fixed_nodes_is_given_the_formula_that_ends_it() -> None:
    world = World()
    world.apply(program(["a"], nodes=2))

    events = list(finish(program(["a"], finish=ZERO, nodes=2), world.batch, world.blobs, world.clock))

    assert of(events, PoolResizing) == [PoolResizing("demo-pool", 0)]
    assert world.batch.log[-1] == "autoscale pool demo-pool"


def test_the_next_apply_gives_a_pool_that_was_scaled_to_zero_its_nodes_again() -> None:
    world = World({"b": Behaviour(seconds=60.0)})
    world.apply(program(["a"], finish=ZERO, nodes=2))
    second = program(["b"], finish=ZERO, nodes=2)
    job_of(second).id = "second"

    events, report = world.apply(second)

    assert report.verdict is Verdict.SUCCEEDED
    assert of(events, PoolReady) == [PoolReady("demo-pool", created=False)]
    assert of(events, PoolResizing) == [PoolResizing("demo-pool", 2), PoolResizing("demo-pool", 0)]
    assert world.batch.log.count("add pool demo-pool") == 1
