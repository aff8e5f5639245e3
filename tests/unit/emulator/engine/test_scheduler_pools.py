from __future__ import annotations

import pytest

from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.simulate import Simulation
from tests.unit.emulator.engine.workload import add_job, add_pool, add_tasks, names

START = {"commandLine": "x", "maxTaskRetryCount": 1}


def test_a_pool_is_steady_once_it_has_its_nodes() -> None:
    simulation = Simulation()
    pool = add_pool(simulation, nodes=3)
    assert pool.allocation == "resizing"

    simulation.run()

    assert (pool.allocation, pool.current_dedicated) == ("steady", 3)
    assert [node.state for node in pool.nodes.values()] == ["idle"] * 3


def test_node_ids_are_the_same_in_every_run() -> None:
    first, second = (add_pool(Simulation(), nodes=2) for _ in range(2))

    assert list(first.nodes) == list(second.nodes)
    assert all(node.startswith("tvmps_") and node.endswith("_d") for node in first.nodes)


def test_nodes_take_tasks_after_their_start_task() -> None:
    simulation = Simulation(lambda _: (1.0, Outcome(0)))
    add_tasks(simulation, add_job(simulation), [{"id": "a"}])

    add_pool(simulation, startTask=START)
    simulation.run()

    assert names(simulation) == ["start", "a"]


def test_a_node_whose_start_task_fails_takes_no_tasks_until_it_is_rebooted() -> None:
    left = [Outcome(1), Outcome(1)]
    simulation = Simulation(lambda _: (1.0, left.pop(0) if left else Outcome(0)))
    add_tasks(simulation, add_job(simulation), [{"id": "a"}])

    pool = add_pool(simulation, startTask=START)
    simulation.run()
    (node,) = pool.nodes.values()
    assert (node.state, names(simulation)) == ("starttaskfailed", ["start", "start"])
    assert node.start_task is not None
    assert (node.start_task.exit_code, node.start_task.retry_count) == (1, 1)

    simulation.scheduler.restart_node(simulation.now, node, "reboot", "requeue")
    simulation.run()
    assert names(simulation)[2:] == ["start", "a"]


def test_shrinking_takes_idle_nodes_first_and_requeues_what_it_interrupts() -> None:
    simulation = Simulation(lambda _: (10.0, Outcome(0)))
    pool = add_pool(simulation, nodes=3)
    simulation.run()
    (task,) = add_tasks(simulation, add_job(simulation), [{"id": "a"}])
    simulation.carry_out()
    used = task.node_id

    simulation.scheduler.resize_pool(simulation.now, pool, 1, 0, "requeue")
    assert list(pool.nodes) == [used]

    simulation.scheduler.resize_pool(simulation.now, pool, 0, 0, "requeue")
    simulation.run()
    assert (pool.nodes, task.state, task.requeue_count) == ({}, "active", 1)

    simulation.scheduler.resize_pool(simulation.now, pool, 1, 1, "requeue")
    simulation.run()
    assert (task.result, pool.current_spot) == ("success", 1)
    assert used not in pool.nodes


@pytest.mark.parametrize(("option", "result", "runs"), [("terminate", "failure", 1), ("taskcompletion", "success", 1)])
def test_nodes_leave_as_their_deallocation_option_says(option: str, result: str, runs: int) -> None:
    simulation = Simulation(lambda _: (10.0, Outcome(0)))
    pool = add_pool(simulation)
    simulation.run()
    (task,) = add_tasks(simulation, add_job(simulation), [{"id": "a"}])
    simulation.carry_out()

    simulation.scheduler.remove_nodes(simulation.now, pool, list(pool.nodes.values()), option)
    simulation.run()

    assert (task.result, len(simulation.started), pool.nodes) == (result, runs, {})
    assert (pool.target_dedicated, pool.allocation) == (0, "steady")


@pytest.mark.parametrize(("rerun", "runs"), [(True, 2), (False, 1)])
def test_a_reboot_prepares_again_unless_the_job_says_not_to(rerun: bool, runs: int) -> None:
    simulation = Simulation(lambda _: (1.0, Outcome(0)))
    pool = add_pool(simulation)
    job = add_job(simulation, jobPreparationTask={"commandLine": "x", "rerunOnNodeRebootAfterSuccess": rerun})
    add_tasks(simulation, job, [{"id": "a"}])
    simulation.run()

    (node,) = pool.nodes.values()
    simulation.scheduler.restart_node(simulation.now, node, "reboot", "requeue")
    add_tasks(simulation, job, [{"id": "b"}])
    simulation.run()

    assert names(simulation).count("prepare") == runs
    assert job.counts.succeeded == 2


def test_a_job_waits_for_its_pool_and_outlives_it() -> None:
    simulation = Simulation(lambda _: (10.0, Outcome(0)))
    job = add_job(simulation)
    (task,) = add_tasks(simulation, job, [{"id": "a"}])
    pool = add_pool(simulation)
    simulation.step()
    simulation.carry_out()
    assert task.state == "running"

    simulation.scheduler.delete_pool(simulation.now, pool)
    simulation.run()
    assert (task.state, dict(simulation.scheduler.pools), job.state) == ("active", {}, "active")

    add_pool(simulation)
    simulation.run()
    assert task.result == "success"
