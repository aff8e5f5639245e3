"""Nodes that fail on request, seen through the vendor's client."""

from __future__ import annotations

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import grown, job_spec, script, task_spec, unique
from tests.support.control import Control
from tests.support.waiting import until


def sleeping(client: BatchServiceClient, pool: str) -> str:
    """A job with a task that runs on the pool."""
    job = unique("job")
    client.job.add(job_spec(job, pool))
    client.task.add(job, task_spec("t", script("exec sleep 300")))
    until(lambda: client.task.get(job, "t").state == "running")
    return job


@pytest.mark.parametrize(("how", "state"), [("unusable", "unusable"), ("died", "unknown")])
def test_the_tasks_of_a_failed_node_go_to_another(
    batch: BatchServiceClient, control: Control, how: str, state: str
) -> None:
    pool, nodes = grown(batch, 2)
    job = sleeping(batch, pool)
    first = batch.task.get(job, "t").node_info.node_id

    control.fail_node(pool, first, how)
    until(lambda: batch.task.get(job, "t").node_info.node_id not in (None, first))
    until(lambda: batch.task.get(job, "t").state == "running")

    node, info = batch.compute_node.get(pool, first), batch.task.get(job, "t").execution_info
    assert (node.state, len(node.errors), node.running_tasks_count) == (state, 1, 0)
    assert (info.retry_count, info.requeue_count) == (0, 1)
    assert {node.id for node in batch.compute_node.list(pool)} == set(nodes)
    assert batch.pool.get(pool).allocation_state == "steady"
    batch.job.delete(job)


def test_files_of_a_node_that_died_cannot_be_read_until_it_is_back(batch: BatchServiceClient, control: Control) -> None:
    pool, (node,) = grown(batch)
    job = unique("job")
    batch.job.add(job_spec(job, pool))
    batch.task.add(job, task_spec("t", script("echo here")))
    until(lambda: batch.task.get(job, "t").state == "completed")

    control.fail_node(pool, node, "died")
    with pytest.raises(models.BatchErrorException) as of_task:
        batch.file.get_from_task(job, "t", "stdout.txt")
    with pytest.raises(models.BatchErrorException) as of_node:
        list(batch.file.list_from_compute_node(pool, node))
    control.recover_node(pool, node)
    until(lambda: batch.compute_node.get(pool, node).state == "idle")

    assert of_task.value.error.code == "TaskFilesUnavailable"
    assert of_node.value.error.code == "NodeStateUnusable"
    assert b"".join(batch.file.get_from_task(job, "t", "stdout.txt")) == b"here\n"
    assert batch.compute_node.get(pool, node).errors is None


def test_a_start_task_fails_on_request_and_runs_again_after_a_reboot(
    batch: BatchServiceClient, control: Control
) -> None:
    pool, (node,) = grown(batch, start_task=models.StartTask(command_line="/bin/true"))

    control.fail_node(pool, node, "startTaskFailed")
    failed = batch.compute_node.get(pool, node)
    batch.compute_node.reboot(pool, node)
    until(lambda: batch.compute_node.get(pool, node).state == "idle")

    assert (failed.state, failed.start_task_info.result) == ("starttaskfailed", "failure")
    assert (failed.start_task_info.exit_code, failed.start_task_info.failure_info.code) == (1, "FailureExitCode")
    assert batch.compute_node.get(pool, node).start_task_info.result == "success"


def test_a_preempted_node_comes_back_empty_under_its_id_when_its_time_is_over(
    batch: BatchServiceClient, control: Control
) -> None:
    pool, (node,) = grown(batch, 0, target_low_priority_nodes=1)
    job = sleeping(batch, pool)

    control.fail_node(pool, node, "preempted", **{"for": 3600})
    until(lambda: batch.task.get(job, "t").state == "active")
    preempted = (batch.compute_node.get(pool, node).state, batch.pool.get(pool).current_low_priority_nodes)
    control.advance(3600)
    until(lambda: batch.task.get(job, "t").state == "running")

    assert preempted == ("preempted", 1)
    assert batch.compute_node.get(pool, node).state == "running"
    assert batch.task.get(job, "t").execution_info.requeue_count == 1
    batch.job.delete(job)


def test_tasks_on_a_full_disk_fail_until_it_has_room(batch: BatchServiceClient, control: Control) -> None:
    pool, (node,) = grown(batch)
    job = unique("job")
    batch.job.add(job_spec(job, pool))

    control.fail_node(pool, node, "disk_full")
    batch.task.add(job, task_spec("full"))
    until(lambda: batch.task.get(job, "full").state == "completed")
    control.recover_node(pool, node)
    batch.task.add(job, task_spec("room"))
    until(lambda: batch.task.get(job, "room").state == "completed")

    failure = batch.task.get(job, "full").execution_info.failure_info
    assert (failure.code, failure.category) == ("DiskFull", "servererror")
    assert batch.task.get(job, "room").execution_info.result == "success"
