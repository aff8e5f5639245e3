"""What becomes of tasks that run when they, or their job, are changed: through the vendor's client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import Target, code_of, job_spec, pool_spec, ready_pool, script, task_spec, unique
from tests.support.waiting import until

FOREVER = script("echo $$; exec sleep 1000")


@pytest.fixture
def job(client: BatchServiceClient, pool_id: str) -> Iterator[str]:
    """A job with a task that runs until it is told to stop."""
    name = unique("job")
    client.job.add(job_spec(name, pool_id, uses_task_dependencies=True))
    client.task.add(name, task_spec("runs", FOREVER))
    until(lambda: pid_of(client, name))
    yield name
    client.job.delete(name)


def pid_of(client: BatchServiceClient, job: str, task: str = "runs") -> int | None:
    """The process of a task that has said who it is."""
    if client.task.get(job, task).state != "running":
        return None
    out = b"".join(client.file.get_from_task(job, task, "stdout.txt"))
    return int(out) if out.endswith(b"\n") else None


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").exists()


def state_of(client: BatchServiceClient, job: str) -> str:
    return str(client.job.get(job).state.value)


SHARED = "$AZ_BATCH_NODE_ROOT_DIR/.."  # one directory for all nodes of a pool


def waiting_for(name: str, then: str) -> str:
    """A command that waits until a file of that name is there."""
    return script(f"while test ! -e {SHARED}/{name}; do sleep 0.02; done; {then}")


def let_go(client: BatchServiceClient, pool: str, name: str) -> None:
    """Make that file, by a task of another job."""
    job = unique("job")
    client.job.add(job_spec(job, pool))
    client.task.add(job, task_spec("go", script(f"touch {SHARED}/{name}")))
    until(lambda: client.task.get(job, "go").state == "completed")
    client.job.delete(job)


def test_disabled_with_requeue_a_task_stops_and_starts_again_when_enabled(client: BatchServiceClient, job: str) -> None:
    pid = until(lambda: pid_of(client, job))

    client.job.disable(job, "requeue")
    until(lambda: state_of(client, job) == "disabled")
    stopped = client.task.get(job, "runs")
    assert (stopped.state, stopped.execution_info.requeue_count) == ("active", 1)
    assert not runs(pid)

    client.job.enable(job)
    again = until(lambda: pid_of(client, job))
    assert (state_of(client, job), again != pid, runs(again)) == ("active", True, True)


def test_disabled_with_terminate_a_task_is_completed_for_good(client: BatchServiceClient, job: str) -> None:
    pid = until(lambda: pid_of(client, job))

    client.job.disable(job, "terminate")
    until(lambda: state_of(client, job) == "disabled")
    client.job.enable(job)
    until(lambda: state_of(client, job) == "active")

    task = client.task.get(job, "runs")
    assert (task.state, task.execution_info.failure_info.code) == ("completed", "TaskEnded")
    until(lambda: not runs(pid))


def test_disabled_with_wait_a_task_may_end_and_nothing_else_starts(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, pool_id))
    client.task.add(job, task_spec("waits", waiting_for(job, "exit 0")))
    until(lambda: client.task.get(job, "waits").state == "running")

    client.job.disable(job, "wait")
    client.task.add(job, task_spec("later"))
    assert (state_of(client, job), client.task.get(job, "waits").state) == ("disabling", "running")
    let_go(client, pool_id, job)
    until(lambda: state_of(client, job) == "disabled")

    assert client.task.get(job, "waits").execution_info.result == "success"
    assert client.task.get(job, "later").state == "active"
    client.job.delete(job)


def test_a_job_that_moves_to_another_pool_while_disabled_runs_there(
    target: Target, client: BatchServiceClient, job: str
) -> None:
    elsewhere = ready_pool(target)
    client.job.disable(job, "requeue")
    until(lambda: state_of(client, job) == "disabled")

    client.job.patch(job, models.JobPatchParameter(pool_info=models.PoolInformation(pool_id=elsewhere)))
    client.task.add(job, task_spec("new"))
    client.job.enable(job)
    until(lambda: client.task.get(job, "new").state == "completed")
    until(lambda: pid_of(client, job))

    places = {client.task.get(job, task).node_info.pool_id for task in ("runs", "new")}
    assert (places, client.job.get(job).execution_info.pool_id) == ({elsewhere}, elsewhere)
    client.job.terminate(job)
    client.pool.delete(elsewhere)


def test_a_job_that_moved_is_released_where_it_was_prepared(
    target: Target, client: BatchServiceClient, pool_id: str
) -> None:
    job, elsewhere = unique("job"), ready_pool(target)
    prepare, release = models.JobPreparationTask(command_line="/bin/true"), models.JobReleaseTask(command_line="true")
    client.job.add(job_spec(job, pool_id, job_preparation_task=prepare, job_release_task=release))
    client.task.add(job, task_spec("first"))
    first = until(lambda: (task := client.task.get(job, "first")).state == "completed" and task)
    client.job.disable(job, "wait")
    until(lambda: state_of(client, job) == "disabled")
    client.job.patch(job, models.JobPatchParameter(pool_info=models.PoolInformation(pool_id=elsewhere)))
    client.job.enable(job)
    client.task.add(job, task_spec("second"))
    second = until(lambda: (task := client.task.get(job, "second")).state == "completed" and task)

    client.job.terminate(job)
    until(lambda: state_of(client, job) == "completed")

    released = {
        (run.pool_id, run.node_id)
        for run in client.job.list_preparation_and_release_task_status(job)
        if run.job_release_task_execution_info.result == "success"
    }
    assert released == {(task.node_info.pool_id, task.node_info.node_id) for task in (first, second)}
    assert {pool for pool, _ in released} == {pool_id, elsewhere}
    client.pool.delete(elsewhere)


def test_a_terminated_task_is_completed_and_its_process_gone(client: BatchServiceClient, job: str) -> None:
    pid = until(lambda: pid_of(client, job))
    client.task.add(job, task_spec("after", depends_on=models.TaskDependencies(task_ids=["runs"])))

    client.task.terminate(job, "runs")

    task = client.task.get(job, "runs")
    assert (task.state, task.execution_info.result) == ("completed", "failure")
    assert client.task.get(job, "after").state == "active"
    until(lambda: not runs(pid))


def test_a_deleted_task_is_gone_with_its_process_and_holds_nothing_back(client: BatchServiceClient, job: str) -> None:
    pid = until(lambda: pid_of(client, job))
    client.task.add(job, task_spec("after", depends_on=models.TaskDependencies(task_ids=["runs"])))

    client.task.delete(job, "runs")

    until(lambda: client.task.get(job, "after").state == "completed")
    until(lambda: not runs(pid))
    with pytest.raises(models.BatchErrorException) as refusal:
        client.file.get_properties_from_task(job, "runs", "stdout.txt")
    assert refusal.value.response.status_code == 404


def test_a_reactivated_task_runs_again(client: BatchServiceClient, job: str) -> None:
    before = until(lambda: pid_of(client, job))
    client.task.terminate(job, "runs")

    client.task.reactivate(job, "runs")

    again = until(lambda: (pid := pid_of(client, job)) not in (None, before) and pid)
    task = client.task.get(job, "runs")
    assert (runs(again), task.execution_info.failure_info, task.execution_info.end_time) == (True, None, None)


def test_a_new_time_limit_holds_for_the_task_that_runs(client: BatchServiceClient, job: str) -> None:
    pid = until(lambda: pid_of(client, job))

    client.task.update(job, "runs", models.TaskConstraints(max_wall_clock_time=timedelta(milliseconds=200)))

    task = until(lambda: (task := client.task.get(job, "runs")).state == "completed" and task)
    assert (task.execution_info.result, task.execution_info.failure_info.code) == ("failure", "TaskEnded")
    until(lambda: not runs(pid))


def test_a_new_retry_limit_holds_for_the_task_that_runs(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, pool_id))
    client.task.add(job, task_spec("t", waiting_for(job, "exit 3")))
    until(lambda: client.task.get(job, "t").state == "running")

    client.task.update(job, "t", models.TaskConstraints(max_task_retry_count=2))
    let_go(client, pool_id, job)

    task = until(lambda: (task := client.task.get(job, "t")).state == "completed" and task)
    assert (task.execution_info.retry_count, task.execution_info.exit_code) == (2, 3)
    client.job.delete(job)


def test_a_terminated_job_ends_what_runs_and_leaves_what_waits(client: BatchServiceClient, job: str) -> None:
    pid = until(lambda: pid_of(client, job))
    client.task.add(job, task_spec("waits", depends_on=models.TaskDependencies(task_ids=["runs"])))

    client.job.terminate(job)
    until(lambda: state_of(client, job) == "completed")

    states = [client.task.get(job, task).state for task in ("runs", "waits")]
    assert states == ["completed", "active"]
    assert not runs(pid)
    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.reactivate(job, "runs")
    assert code_of(refusal) == "JobCompleted"


def test_a_job_without_room_waits_and_runs_where_it_is_moved_to(client: BatchServiceClient, target: Target) -> None:
    job, empty = unique("job"), unique("pool")
    client.pool.add(pool_spec(empty))
    client.job.add(job_spec(job, empty))
    client.task.add(job, task_spec("t"))
    client.job.disable(job, "wait")
    until(lambda: state_of(client, job) == "disabled")

    elsewhere = ready_pool(target)
    pool = models.PoolInformation(pool_id=elsewhere)
    client.job.update(job, models.JobUpdateParameter(pool_info=pool))
    assert client.task.get(job, "t").state == "active"
    client.job.enable(job)

    until(lambda: client.task.get(job, "t").state == "completed")
    client.pool.delete(elsewhere)
    client.pool.delete(empty)
