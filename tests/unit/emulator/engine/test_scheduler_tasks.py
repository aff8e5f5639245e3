from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.engine.commands import Outcome
from batchspec.emulator.engine.records import Failure
from batchspec.emulator.engine.simulate import Simulation
from tests.unit.emulator.engine.workload import add_job, add_pool, add_tasks, after, names, task

if TYPE_CHECKING:
    from batchspec.emulator.engine.commands import Run

UPLOAD_FAILED = Outcome(0, Failure("UserError", "FileUploadMiscError", "no"), "upload")
NOT_FETCHED = Outcome(None, Failure("UserError", "BlobNotFound", "no"), "prepare")


def ends(outcomes: dict[str, Outcome], duration: float = 1.0) -> Simulation:
    """Runs that end as told, and well when nothing is said."""

    def behaviour(run: Run) -> tuple[float, Outcome]:
        return duration, outcomes.get(run.task.id if run.task else run.kind, Outcome(0))

    return Simulation(behaviour)


def test_tasks_run_in_order_of_addition() -> None:
    simulation = Simulation()
    add_pool(simulation)

    add_tasks(simulation, add_job(simulation), [{"id": name} for name in "cab"])
    simulation.run()

    assert names(simulation) == ["c", "a", "b"]


def test_the_job_of_higher_priority_goes_first() -> None:
    simulation = ends({})
    low, high = add_job(simulation, "low"), add_job(simulation, "high", priority=10)
    add_tasks(simulation, low, [{"id": "l"}])
    add_tasks(simulation, high, [{"id": "h"}])

    add_pool(simulation)
    simulation.run()

    assert names(simulation) == ["h", "l"]


def test_a_task_waits_for_ids_whatever_their_case_and_for_ranges() -> None:
    simulation = Simulation()
    add_pool(simulation, slots=4)
    job = add_job(simulation)

    ranged = {"id": "last", "dependsOn": {"taskIds": ["END"], "taskIdRanges": [{"start": 1, "end": 3}]}}
    add_tasks(simulation, job, [ranged, after("1", id="end"), {"id": "1"}, {"id": "2"}, {"id": "3"}])
    simulation.run()

    assert names(simulation)[-1] == "last"
    assert job.counts.succeeded == 5


def test_a_dependency_may_be_added_after_the_task_that_waits_for_it() -> None:
    simulation = Simulation()
    add_pool(simulation)
    job = add_job(simulation)

    add_tasks(simulation, job, [after("parent", id="child")])
    simulation.run()
    assert names(simulation) == []

    add_tasks(simulation, job, [{"id": "parent"}])
    simulation.run()
    assert names(simulation) == ["parent", "child"]


def test_a_failed_task_blocks_its_dependents_and_reactivation_frees_them() -> None:
    outcomes = {"parent": Outcome(3)}
    simulation = ends(outcomes)
    add_pool(simulation)
    job = add_job(simulation)
    parent, child = add_tasks(simulation, job, [{"id": "parent"}, after("parent", id="child")])

    simulation.run()
    assert (parent.exit_code, parent.failure and parent.failure.code) == (3, "FailureExitCode")
    assert child.state == "active"
    assert not simulation.scheduler.busy

    outcomes.clear()
    simulation.scheduler.reactivate_task(simulation.now, parent)
    simulation.run()
    assert (parent.result, child.result) == ("success", "success")


def test_deleting_a_task_frees_its_dependents() -> None:
    simulation = ends({"parent": Outcome(1)})
    add_pool(simulation)
    parent, child = add_tasks(simulation, add_job(simulation), [{"id": "parent"}, after("parent", id="child")])
    simulation.run()

    simulation.scheduler.delete_task(simulation.now, parent)
    simulation.run()

    assert child.result == "success"


SATISFY = {"dependencyAction": "satisfy"}
CONDITIONS: dict[str, tuple[dict[str, Any], Outcome, bool]] = {
    "code listed": ({"exitCodes": [{"code": 4, "exitOptions": SATISFY}]}, Outcome(4), True),
    "another code": ({"exitCodes": [{"code": 4, "exitOptions": SATISFY}]}, Outcome(5), False),
    "in range": ({"exitCodeRanges": [{"start": 2, "end": 9, "exitOptions": SATISFY}]}, Outcome(9), True),
    "default": ({"default": SATISFY}, Outcome(1), True),
    "default is not for 0": ({"default": {"dependencyAction": "block"}}, Outcome(0), True),
    "0 that blocks": (
        {"exitCodes": [{"code": 0, "exitOptions": {"dependencyAction": "block"}}]}, Outcome(0), False,
    ),
    "not fetched": ({"preProcessingError": SATISFY}, NOT_FETCHED, True),
    "not fetched, default": ({"default": SATISFY}, NOT_FETCHED, True),
    "not uploaded": ({"fileUploadError": SATISFY}, UPLOAD_FAILED, True),
    "not uploaded, code first": (
        {"exitCodes": [{"code": 0, "exitOptions": {"dependencyAction": "block"}}], "fileUploadError": SATISFY},
        UPLOAD_FAILED, False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("conditions", "outcome", "freed"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_exit_conditions_decide_whether_dependents_go_on(
    conditions: dict[str, Any], outcome: Outcome, freed: bool
) -> None:
    simulation = ends({"parent": outcome})
    add_pool(simulation)
    parent = {"id": "parent", "exitConditions": conditions}

    _, child = add_tasks(simulation, add_job(simulation), [parent, after("parent", id="child")])
    simulation.run()

    assert (child.state == "completed") is freed


@pytest.mark.parametrize(("retries", "runs"), [(0, 1), (2, 3)])
def test_a_nonzero_exit_is_retried_as_often_as_allowed(retries: int, runs: int) -> None:
    simulation = ends({"t": Outcome(1)})
    add_pool(simulation)

    (failing,) = add_tasks(
        simulation, add_job(simulation), [{"id": "t", "constraints": {"maxTaskRetryCount": retries}}]
    )
    simulation.run()

    assert len(simulation.started) == runs
    assert (failing.retry_count, failing.result) == (retries, "failure")
    assert (failing.last_retry_time is not None) is bool(retries)


def test_a_task_without_retries_of_its_own_has_those_of_its_job() -> None:
    simulation = ends({"t": Outcome(1)})
    add_pool(simulation)

    add_tasks(simulation, add_job(simulation, constraints={"maxTaskRetryCount": 1}), [{"id": "t"}])
    simulation.run()

    assert len(simulation.started) == 2


@pytest.mark.parametrize("outcome", [NOT_FETCHED, UPLOAD_FAILED], ids=["download", "upload"])
def test_file_errors_are_not_retried(outcome: Outcome) -> None:
    simulation = ends({"t": outcome})
    add_pool(simulation)

    (failing,) = add_tasks(simulation, add_job(simulation), [{"id": "t", "constraints": {"maxTaskRetryCount": 5}}])
    simulation.run()

    assert (len(simulation.started), failing.failure) == (1, outcome.failure)


def test_unlimited_retries_go_on_until_success() -> None:
    left = [Outcome(1)] * 20 + [Outcome(0)]
    simulation = Simulation(lambda _: (1.0, left.pop(0)))
    add_pool(simulation)

    (stubborn,) = add_tasks(simulation, add_job(simulation), [{"id": "t", "constraints": {"maxTaskRetryCount": -1}}])
    simulation.run()

    assert (stubborn.result, stubborn.retry_count) == ("success", 20)


def test_a_task_that_exceeds_its_limit_is_ended_and_not_retried() -> None:
    simulation = ends({}, duration=100.0)
    add_pool(simulation)
    body = {"id": "t", "constraints": {"maxWallClockTime": "PT1M", "maxTaskRetryCount": 3}}

    (slow,) = add_tasks(simulation, add_job(simulation), [body])
    simulation.run()

    assert simulation.now == 60.0
    assert (slow.result, slow.failure and slow.failure.code, len(simulation.started)) == ("failure", "TaskEnded", 1)


def test_large_tasks_wait_for_room_and_small_ones_pass_them() -> None:
    durations = {"first": 10.0, "big": 1.0, "small": 1.0}
    simulation = Simulation(lambda run: (durations[run.task.id if run.task else ""], Outcome(0)))
    add_pool(simulation, slots=3)

    bodies: list[dict[str, Any]] = [
        {"id": "first", "requiredSlots": 2},
        {"id": "big", "requiredSlots": 3},
        {"id": "small"},
    ]
    add_tasks(simulation, add_job(simulation), bodies)
    simulation.run()

    assert names(simulation) == ["first", "small", "big"]


@pytest.mark.parametrize(("fill", "nodes"), [("spread", 3), ("pack", 1)])
def test_the_fill_policy_chooses_the_node(fill: str, nodes: int) -> None:
    simulation = ends({})
    add_pool(simulation, nodes=3, slots=3, taskSchedulingPolicy={"nodeFillType": fill})
    simulation.run()

    tasks = add_tasks(simulation, add_job(simulation), [{"id": str(n)} for n in range(3)])

    assert len({one.node_id for one in tasks}) == nodes


def test_no_more_tasks_of_a_job_run_than_it_allows() -> None:
    simulation = ends({})
    add_pool(simulation, slots=10)
    simulation.run()
    job = add_job(simulation, maxParallelTasks=2)

    add_tasks(simulation, job, [{"id": str(n)} for n in range(6)])
    assert job.counts.running == 2

    simulation.run()
    assert job.counts.succeeded == 6


def test_a_new_task_under_the_id_of_a_deleted_one_waits_for_its_process() -> None:
    simulation = ends({}, duration=5.0)
    add_pool(simulation, slots=2)
    simulation.run()
    job = add_job(simulation)
    (old,) = add_tasks(simulation, job, [{"id": "t"}])
    simulation.carry_out()

    simulation.scheduler.delete_task(simulation.now, old)
    (new,) = add_tasks(simulation, job, [{"id": "T"}])
    assert new.state == "active"

    simulation.run()
    assert new.result == "success"
    assert names(simulation) == ["t", "T"]


def test_a_terminated_task_is_completed_at_once_and_can_be_reactivated() -> None:
    simulation = ends({}, duration=5.0)
    add_pool(simulation)
    simulation.run()
    job = add_job(simulation)
    (ended,) = add_tasks(simulation, job, [{"id": "t"}])
    simulation.carry_out()

    simulation.scheduler.terminate_task(simulation.now, ended)
    assert (ended.state, ended.failure and ended.failure.code) == ("completed", "TaskEnded")

    simulation.scheduler.reactivate_task(simulation.now, ended)
    simulation.run()
    assert ended.result == "success"
    assert task(job, "T") is ended
