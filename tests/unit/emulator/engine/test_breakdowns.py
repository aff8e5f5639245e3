"""Nodes that fail on request, whatever else happens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import rule

from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.pools import BROKEN
from batchspec.emulator.engine.records import Failure
from batchspec.emulator.engine.simulate import Simulation
from batchspec.emulator.engine.troubles import Trouble
from tests.unit.emulator.engine.test_scheduler_laws import Operations
from tests.unit.emulator.engine.workload import add_job, add_pool, add_tasks, names


def test_a_failing_node_ends_what_runs_at_once_and_counts_a_requeue() -> None:
    simulation = Simulation(lambda _: (10.0, Outcome(0)))
    pool = add_pool(simulation, nodes=1, slots=2)
    simulation.run()
    tasks = add_tasks(simulation, add_job(simulation), [{"id": "a"}, {"id": "b"}])
    simulation.carry_out()

    (node,) = pool.nodes.values()
    simulation.scheduler.fail_node(simulation.now, node, "died", 100.0)
    killed = [command for command in simulation.scheduler.take_commands() if getattr(command, "at_once", False)]
    simulation.scheduler._board.commands = list(killed)
    simulation.run()

    assert len(killed) == 2
    assert [(task.state, task.retry_count, task.requeue_count) for task in tasks] == [("active", 0, 1)] * 2
    simulation.run_until(200.0)
    assert [task.result for task in tasks] == ["success", "success"]


def test_a_preparation_that_a_failure_ended_runs_again() -> None:
    simulation = Simulation(lambda _: (10.0, Outcome(0)))
    pool = add_pool(simulation)
    simulation.run()
    (task,) = add_tasks(simulation, add_job(simulation, jobPreparationTask={"commandLine": "x"}), [{"id": "a"}])
    simulation.carry_out()

    (node,) = pool.nodes.values()
    simulation.scheduler.fail_node(simulation.now, node, "unusable", None)
    simulation.run()
    assert (task.state, task.requeue_count) == ("active", 0)
    simulation.scheduler.mend_node(simulation.now, node)
    simulation.run()

    assert names(simulation) == ["prepare", "prepare", "a"]
    assert task.result == "success"


def test_a_shrinking_pool_gives_up_its_broken_nodes_first() -> None:
    simulation = Simulation()
    pool = add_pool(simulation, nodes=3)
    simulation.run()
    first, *others = pool.nodes.values()

    simulation.scheduler.fail_node(simulation.now, first, "unusable", None)
    simulation.scheduler.resize_pool(simulation.now, pool, 2, 0, "requeue")
    simulation.run()

    assert list(pool.nodes.values()) == others


def test_a_node_that_left_is_not_mended() -> None:
    simulation = Simulation()
    pool = add_pool(simulation)
    simulation.run()
    (node,) = pool.nodes.values()

    simulation.scheduler.fail_node(simulation.now, node, "died", 10.0)
    simulation.scheduler.resize_pool(simulation.now, pool, 0, 0, "requeue")
    simulation.run_until(20.0)

    assert (pool.nodes, pool.allocation) == ({}, "steady")


class Breaking(Operations):
    """All that clients ask for, with nodes that fail and come back, and resizes that fail or take their time."""

    @rule(how=st.sampled_from(["unusable", "died", "startTaskFailed"]), lasting=st.none() | st.floats(0, 20))
    def fail(self, how: Any, lasting: float | None) -> None:
        for node in list(self.pool.nodes.values())[:1]:
            if node.state in ("idle", "running", "starttaskfailed", "unusable", "unknown"):
                self.scheduler.fail_node(self.simulation.now, node, how, lasting)

    @rule()
    def mend(self) -> None:
        for node in list(self.pool.nodes.values()):
            self.scheduler.mend_node(self.simulation.now, node)

    @rule(trouble=st.sampled_from([Trouble(), Trouble(delay=5.0), Trouble(Failure("UserError", "Quota", ""), 1)]))
    def trouble(self, trouble: Trouble) -> None:
        self.scheduler.trouble_pool(self.simulation.now, self.pool.id, trouble)

    def teardown(self) -> None:
        super().teardown()
        self.simulation.run_until(self.simulation.now + 1000)
        assert self.pool.allocation == "steady"
        for node in self.pool.nodes.values():
            assert node.mend_at is None
            assert not (node.state in BROKEN and node.tasks)


TestBreaking = Breaking.TestCase
TestBreaking.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("times", [1, 2, None])
def test_an_error_ends_as_many_resizes_as_it_should(times: int | None) -> None:
    simulation = Simulation()
    pool = add_pool(simulation, nodes=1)
    simulation.run()
    quota = Failure("UserError", "AccountCoreQuotaReached", "")
    simulation.scheduler.trouble_pool(simulation.now, "P", Trouble(quota, times))
    failed = []

    for target in (2, 3, 4, 0, 5):
        simulation.scheduler.resize_pool(simulation.now, pool, target, 0, "requeue")
        simulation.run()
        failed.append(pool.resize_errors == (quota,))
        assert pool.allocation == "steady"

    # to shrink needs no quota
    assert failed == ([True, True, True, False, True] if times is None else [n < times for n in range(5)])
