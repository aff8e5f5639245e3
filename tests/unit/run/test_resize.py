"""Formulas that are given to a live pool: taken at last, taken once, and only where they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from batchspec.compiler import ends
from batchspec.compiler.program import Finish, Program
from batchspec.errors import Conflict, NotFound
from batchspec.run import Options
from batchspec.run.context import Run
from batchspec.run.events import Event, PoolResizing, Waiting
from batchspec.run.resize import awake, formula_of, scale
from batchspec.run.retry import retrying
from tests.support.fakes import Behaviour, Faults
from tests.support.programs import pool_of, program
from tests.support.world import World, of

ZERO = Finish("scale_to_zero")
HOUR = timedelta(hours=1)


def pool_with(made: Program, *, later: float = 60.0) -> World:
    """A service with the program's pool, and with its job under way, so many seconds later."""
    world = World({"a": Behaviour(seconds=600.0)})
    world.apply(made, Options(wait=False))
    world.clock.sleep(later)
    return world


def run_in(world: World, made: Program) -> Run:
    return Run(made, world.batch, world.blobs, world.clock, retrying(world.clock))


def woken(world: World, made: Program) -> list[Event]:
    return list(awake(run_in(world, made), pool_of(made), world.batch.pools["demo-pool"].view))


def test_a_pool_that_has_its_nodes_is_asked_for_nothing() -> None:
    made = program(["a"], finish=ZERO, nodes=2)
    world = pool_with(made)
    before = world.batch.faults.count

    assert woken(world, made) == []
    assert world.batch.faults.count == before


def test_a_pool_with_fixed_nodes_in_the_spec_is_not_asked_for_anything() -> None:
    made = program(["a"], nodes=2)

    assert woken(pool_with(made), made) == []


SLEEPERS = {
    "its work has ended": (program(["a"], finish=ZERO, nodes=2), 7200.0),
    "its lifetime is over": (program(["a"], nodes=2, lifetime=HOUR), 7200.0),
    "both": (program(["a"], finish=ZERO, nodes=2, lifetime=HOUR), 7200.0),
}


@pytest.mark.parametrize(("made", "later"), SLEEPERS.values(), ids=SLEEPERS)
def test_a_pool_without_nodes_has_them_again_and_a_whole_lifetime(made: Program, later: float) -> None:
    world = pool_with(made, later=later)
    pool = world.batch.pools["demo-pool"]
    assert pool.nodes == []

    events = woken(world, made)

    assert of(events, PoolResizing) == [PoolResizing("demo-pool", 2)]
    assert (pool.view.target_nodes, len(pool.nodes)) == (2, 2)
    end = ends.moments(formula_of(pool.view)).end
    assert end is None or end == world.clock.now().replace(microsecond=0) + HOUR


def test_a_pool_whose_nodes_are_leaving_is_stopped_and_keeps_them() -> None:
    made = program(["a"], finish=ZERO, nodes=2)
    world = pool_with(made, later=7200.0)
    pool = world.batch.pools["demo-pool"]
    pool.view, pool.steady_at = replace(pool.view, allocation="resizing"), world.clock.time + 3600.0

    events = woken(world, made)

    assert of(events, Waiting) != []
    assert pool.view.target_nodes == 2
    assert world.clock.time < 7260.0


def test_a_formula_that_comes_too_soon_after_another_is_taken_half_a_minute_later() -> None:
    made = program(["a"], finish=ZERO, nodes=2)
    world = pool_with(made, later=7200.0)
    pool = world.batch.pools["demo-pool"]
    pool.formula_at = world.clock.time

    woken(world, made)

    assert pool.view.target_nodes == 2
    assert 30.0 <= world.clock.time - 7200.0 < 60.0


def given(world: World, patience: float) -> Iterator[Event]:
    run, text = run_in(world, program([])), ends.formula(ends.Ends(1, 0, idle=True), ends.after(world.clock.now()))
    return scale(run, "demo-pool", text, 1, patience=patience)


def nothing(pool_id: str) -> None:
    """A stop of which nothing comes."""
    assert pool_id == "demo-pool"


def test_patience_ends() -> None:
    world = pool_with(program(["a"], finish=ZERO, nodes=2))
    pool = world.batch.pools["demo-pool"]
    world.batch.stop_resize = nothing  # type: ignore[method-assign]  # as if it were
    pool.view, pool.steady_at = replace(pool.view, allocation="resizing"), 1e9

    with pytest.raises(Conflict):
        list(given(world, 120.0))

    assert 120.0 <= world.clock.time - 60.0 < 150.0


def test_a_pool_that_is_gone_is_not_waited_for() -> None:
    world = pool_with(program(["a"], finish=ZERO, nodes=2))
    del world.batch.pools["demo-pool"]

    with pytest.raises(NotFound):
        list(given(world, 600.0))


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_the_formula_is_given_once(kind: str) -> None:
    k = 0
    while True:
        k += 1
        made = program(["a"], finish=ZERO, nodes=2)
        world = pool_with(made, later=7200.0)
        world.batch.faults = faults = Faults(k, kind)

        woken(world, made)

        assert world.batch.log.count("autoscale pool demo-pool") == 1, k
        assert world.batch.pools["demo-pool"].view.target_nodes == 2, k
        if not faults.hit:
            return


def test_how_long_another_formula_takes_is_told_at_once() -> None:
    made = program(["a"], finish=ZERO, nodes=2)
    world = pool_with(made, later=7200.0)
    world.batch.pools["demo-pool"].formula_at = world.clock.time

    waits = of(woken(world, made), Waiting)

    assert [wait.seconds for wait in waits] == [30.0]
