from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.engine.commands import Outcome, RemoveJob
from batchspec.emulator.engine.simulate import Simulation
from tests.unit.emulator.engine.workload import add_job, add_pool, add_tasks, names

if TYPE_CHECKING:
    from batchspec.emulator.engine.commands import Run

PREPARED: dict[str, Any] = {"jobPreparationTask": {"commandLine": "x"}, "jobReleaseTask": {"commandLine": "y"}}


def test_an_armed_job_ends_when_its_tasks_have() -> None:
    simulation = Simulation()
    add_pool(simulation)
    job = add_job(simulation)
    add_tasks(simulation, job, [{"id": "a"}, {"id": "b"}])

    job.body["onAllTasksComplete"] = "terminatejob"
    simulation.scheduler.update_job(simulation.now, job)
    assert job.state == "active"

    simulation.run()
    assert (job.state, job.terminate_reason) == ("completed", "AllTasksComplete")


def test_arming_a_job_whose_tasks_have_all_ended_ends_it_at_once() -> None:
    simulation = Simulation()
    add_pool(simulation)
    job = add_job(simulation)
    add_tasks(simulation, job, [{"id": "a"}])
    simulation.run()

    job.body["onAllTasksComplete"] = "terminatejob"
    simulation.scheduler.update_job(simulation.now, job)

    assert job.state == "completed"


def test_a_job_that_is_armed_while_empty_ends_at_once() -> None:
    job = add_job(Simulation(), onAllTasksComplete="terminatejob")

    assert (job.state, job.terminate_reason) == ("completed", "AllTasksComplete")


@pytest.mark.parametrize(
    ("options", "state"), [(None, "completed"), ("terminate", "completed"), ("disable", "disabled"), ("none", "active")]
)
def test_a_failure_does_to_the_job_what_its_exit_conditions_say(options: str | None, state: str) -> None:
    simulation = Simulation(lambda _: (1.0, Outcome(1)))
    add_pool(simulation)
    job = add_job(simulation, onTaskFailure="performexitoptionsjobaction")
    body: dict[str, Any] = {"id": "a"}
    if options:
        body["exitConditions"] = {"default": {"jobAction": options}}

    add_tasks(simulation, job, [body])
    simulation.run()

    assert job.state == state
    assert job.terminate_reason == ("TaskFailed" if state == "completed" else None)


def test_a_job_that_exceeds_its_limit_is_ended_with_what_runs() -> None:
    simulation = Simulation(lambda _: (100.0, Outcome(0)))
    add_pool(simulation)
    job = add_job(simulation, constraints={"maxWallClockTime": "PT1M"})
    running, queued = add_tasks(simulation, job, [{"id": "a"}, {"id": "b"}])

    simulation.run()

    assert (job.state, job.terminate_reason, simulation.now) == ("completed", "MaxWallClockTimeExpiry", 60.0)
    assert (running.state, queued.state) == ("completed", "active")


@pytest.mark.parametrize(
    ("option", "state"), [("requeue", "active"), ("terminate", "completed"), ("wait", "completed")]
)
def test_a_disabled_job_starts_nothing_until_it_is_enabled(option: Any, state: str) -> None:
    simulation = Simulation(lambda _: (1.0, Outcome(0)))
    add_pool(simulation)
    simulation.run()
    job = add_job(simulation)
    first, second = add_tasks(simulation, job, [{"id": "a"}, {"id": "b"}])
    simulation.carry_out()

    job.disable_tasks = option
    simulation.scheduler.disable_job(simulation.now, job)
    assert job.state == "disabling"
    simulation.run()
    assert (job.state, first.state, second.state) == ("disabled", state, "active")
    assert first.requeue_count == (option == "requeue")

    simulation.scheduler.enable_job(simulation.now, job)
    simulation.run()
    assert (job.state, first.state, second.result) == ("active", "completed", "success")


def test_a_job_prepares_each_node_once_and_releases_it_at_the_end() -> None:
    simulation = Simulation(lambda _: (1.0, Outcome(0)))
    add_pool(simulation, nodes=2, slots=2)
    simulation.run()
    job = add_job(simulation, **PREPARED)

    tasks = add_tasks(simulation, job, [{"id": str(n)} for n in range(8)])
    simulation.carry_out()
    assert [task.state for task in tasks[:4]] == ["preparing"] * 4
    simulation.run()
    assert names(simulation)[:2] == ["prepare", "prepare"]
    assert names(simulation).count("prepare") == 2

    simulation.scheduler.terminate_job(simulation.now, job, "done")
    assert job.state == "terminating"
    simulation.run()
    assert (job.state, job.terminate_reason) == ("completed", "done")
    assert names(simulation)[-2:] == ["release", "release"]
    assert {execution.result for execution in job.releases.values()} == {"success"}


def test_tasks_keep_off_a_node_where_preparation_failed() -> None:
    bad: list[str] = []

    def behaviour(run: Run) -> tuple[float, Outcome]:
        if run.kind == "prepare" and not bad:
            bad.append(run.node.id)
        return 1.0, Outcome(1 if run.kind == "prepare" and run.node.id in bad else 0)

    simulation = Simulation(behaviour)
    add_pool(simulation, nodes=2)
    simulation.run()
    job = add_job(simulation, jobPreparationTask={"commandLine": "x", "constraints": {"maxTaskRetryCount": 2}})

    tasks = add_tasks(simulation, job, [{"id": str(n)} for n in range(4)])
    simulation.run()

    assert job.counts.succeeded == 4
    assert bad[0] not in {task.node_id for task in tasks}
    assert (job.preparations[bad[0]].result, job.preparations[bad[0]].retry_count) == ("failure", 2)


def test_when_preparation_fails_everywhere_the_tasks_stay_queued_and_nothing_is_busy() -> None:
    simulation = Simulation(lambda run: (1.0, Outcome(run.kind == "prepare")))
    add_pool(simulation, nodes=2)
    job = add_job(simulation, jobPreparationTask={"commandLine": "x"})

    add_tasks(simulation, job, [{"id": "a"}])
    simulation.run()

    assert (job.counts.active, simulation.scheduler.busy) == (1, False)


def test_tasks_do_not_wait_for_a_preparation_that_need_not_succeed() -> None:
    simulation = Simulation(lambda run: (1.0, Outcome(run.kind == "prepare")))
    add_pool(simulation)
    simulation.run()
    job = add_job(simulation, jobPreparationTask={"commandLine": "x", "waitForSuccess": False})

    (task,) = add_tasks(simulation, job, [{"id": "a"}])

    assert task.state == "running"


def test_a_deleted_job_is_gone_once_its_processes_are() -> None:
    simulation = Simulation(lambda _: (10.0, Outcome(0)))
    add_pool(simulation)
    simulation.run()
    job = add_job(simulation)
    add_tasks(simulation, job, [{"id": "a"}, {"id": "b"}])
    simulation.carry_out()

    simulation.scheduler.delete_job(simulation.now, job)
    assert job.state == "deleting"
    while simulation.scheduler.jobs and simulation.step():
        pass

    assert not simulation.scheduler.jobs
    assert [type(command) for command in simulation.scheduler.take_commands()] == [RemoveJob]
    assert job in simulation.scheduler.take_changes()[1]
