"""Job manager tasks on virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.simulate import Simulation
from tests.unit.emulator.engine.workload import add_job, add_pool, add_tasks, names

if TYPE_CHECKING:
    from batchspec.emulator.engine.commands import Run
    from batchspec.emulator.engine.records import Job


def managed(simulation: Simulation, *, job: dict[str, Any] | None = None, **manager: Any) -> Job:
    return add_job(simulation, jobManagerTask={"id": "m", "commandLine": "x", **manager}, **(job or {}))


def lasting(seconds: float, manager: float = 1.0, code: int = 0) -> Simulation:
    """A simulation where the manager takes so long and ends with that code, and any other task takes `seconds`."""

    def behaviour(run: Run) -> tuple[float, Outcome]:
        if run.task is not None and run.task.id == "m":
            return manager, Outcome(code)
        return seconds, Outcome(0)

    return Simulation(behaviour)


@pytest.mark.parametrize("code", [0, 1])
def test_a_job_ends_with_its_manager_and_what_still_runs(code: int) -> None:
    simulation = lasting(100, manager=5, code=code)
    add_pool(simulation, slots=2)
    simulation.run()
    job = managed(simulation, runExclusive=False)
    (other,) = add_tasks(simulation, job, [{"id": "other"}])

    simulation.run_until(50)

    assert (job.state, job.terminate_reason, job.end_time) == ("completed", "JMComplete", 5)
    assert other.failure is not None
    assert (other.failure.code, other.end_time) == ("TaskEnded", 5)


def test_a_job_goes_on_without_its_manager_when_that_is_not_to_end_it() -> None:
    simulation = lasting(10, manager=5)
    add_pool(simulation, slots=2)
    job = managed(simulation, killJobOnCompletion=False, runExclusive=False)
    add_tasks(simulation, job, [{"id": "other"}])

    simulation.run_until(50)

    assert (job.state, job.counts.succeeded) == ("active", 2)


def test_an_armed_job_ends_when_the_last_task_does_manager_included() -> None:
    simulation = lasting(10, manager=20)
    add_pool(simulation, slots=2)
    job = managed(simulation, killJobOnCompletion=False, runExclusive=False, job={"onAllTasksComplete": "terminatejob"})
    add_tasks(simulation, job, [{"id": "other"}])

    simulation.run_until(15)
    assert job.state == "active"

    simulation.run_until(25)
    assert (job.terminate_reason, job.end_time) == ("AllTasksComplete", 20)


def test_a_manager_that_is_terminated_has_completed() -> None:
    simulation = lasting(1, manager=100)
    add_pool(simulation)
    job = managed(simulation)
    simulation.run_until(10)

    simulation.scheduler.terminate_task(simulation.now, job.by_key["m"])

    assert job.terminate_reason == "JMComplete"


def test_a_manager_is_tried_as_often_as_its_constraints_say_before_the_job_ends() -> None:
    simulation = lasting(1, code=1)
    add_pool(simulation)

    job = managed(simulation, constraints={"maxTaskRetryCount": 2})
    simulation.run_until(50)

    assert (names(simulation), job.by_key["m"].retry_count) == (["m", "m", "m"], 2)
    assert (job.terminate_reason, job.end_time) == ("JMComplete", 3)


def test_the_manager_comes_before_the_other_tasks_of_its_job() -> None:
    simulation = lasting(1, manager=1)
    job = managed(simulation, killJobOnCompletion=False)
    add_tasks(simulation, job, [{"id": str(n)} for n in range(3)])

    add_pool(simulation)
    simulation.run_until(50)

    assert names(simulation) == ["m", "0", "1", "2"]


@pytest.mark.parametrize(("alone", "beside"), [({}, 0), ({"runExclusive": False}, 3)], ids=["alone", "with others"])
def test_nothing_runs_beside_an_exclusive_manager(alone: dict[str, Any], beside: int) -> None:
    simulation = lasting(1000, manager=1000)
    pool = add_pool(simulation, slots=4)
    simulation.run()

    job = managed(simulation, **alone)
    add_tasks(simulation, job, [{"id": str(n)} for n in range(5)])
    simulation.run_until(10)

    (node,) = pool.nodes.values()
    assert (job.by_key["m"].state, len(node.tasks) - 1) == ("running", beside)
    assert node.running_slots == beside + 1


def test_an_exclusive_manager_waits_for_an_empty_node_and_the_tasks_of_its_job_for_it() -> None:
    simulation = lasting(10, manager=5)
    add_pool(simulation, slots=2)
    simulation.run()
    first = add_job(simulation, "first")
    add_tasks(simulation, first, [{"id": "a"}])

    job = managed(simulation, killJobOnCompletion=False)
    (other,) = add_tasks(simulation, job, [{"id": "b"}])
    simulation.run_until(100)

    assert (job.by_key["m"].start_time, other.start_time) == (10, 15)


def test_a_manager_keeps_off_low_priority_nodes_when_told_to() -> None:
    simulation = lasting(1)
    pool = add_pool(simulation, nodes=0)
    pool.target_spot = 1
    simulation.scheduler.resize_pool(simulation.now, pool, 0, 1, "requeue")
    simulation.run()

    kept_off = managed(simulation, allowLowPriorityNode=False)
    simulation.run_until(10)
    assert kept_off.by_key["m"].state == "active"

    simulation.scheduler.resize_pool(simulation.now, pool, 1, 1, "requeue")
    simulation.run_until(20)
    assert kept_off.state == "completed"


def test_a_shrinking_pool_keeps_the_node_of_a_manager() -> None:
    simulation = lasting(1000, manager=1000)
    pool = add_pool(simulation, nodes=3, slots=2)
    simulation.run()
    job = managed(simulation)
    add_tasks(simulation, job, [{"id": str(n)} for n in range(4)])
    simulation.run_until(10)

    simulation.scheduler.resize_pool(simulation.now, pool, 1, 0, "requeue")
    simulation.run_until(20)

    assert job.by_key["m"].state == "running"
    assert list(pool.nodes) == [job.by_key["m"].node_id]


def test_a_manager_that_ends_while_its_job_is_disabled_ends_it_when_that_is_enabled() -> None:
    simulation = lasting(1, manager=5)
    add_pool(simulation)
    job = managed(simulation)
    simulation.run_until(1)
    job.disable_tasks = "wait"
    simulation.scheduler.disable_job(simulation.now, job)
    simulation.run_until(10)
    assert (job.state, job.by_key["m"].state) == ("disabled", "completed")

    simulation.scheduler.enable_job(simulation.now, job)

    assert job.terminate_reason == "JMComplete"


def test_a_manager_that_fails_ends_a_job_that_acts_on_failure_for_that_reason() -> None:
    simulation = lasting(1, code=1)
    add_pool(simulation)

    job = managed(simulation, job={"onTaskFailure": "performexitoptionsjobaction"})
    simulation.run_until(10)

    assert job.terminate_reason == "TaskFailed"
