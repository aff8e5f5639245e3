"""Task_*: through the vendor's client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from azure.batch import BatchServiceClient, models
from azure.batch.custom.custom_errors import CreateTasksErrorException

from tests.contract.batch.support import code_of, job_spec, script, task_spec, unique, values_of
from tests.support.waiting import until


@pytest.fixture
def job(client: BatchServiceClient) -> str:
    """A job whose pool does not exist, so that its tasks wait."""
    name = unique("job")
    client.job.add(job_spec(name, "no-pool-yet", uses_task_dependencies=True))
    return name


def test_a_task_that_was_added_is_found_with_the_services_defaults(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("Task-1", environment_settings=[models.EnvironmentSetting(name="A", value="1")]))

    task = client.task.get(job, "task-1")

    assert (task.id, task.state, task.command_line, task.required_slots) == ("Task-1", "active", "/bin/true", 1)
    assert (task.constraints.max_task_retry_count, task.constraints.retention_time) == (0, timedelta(days=7))
    assert (task.execution_info.retry_count, task.execution_info.requeue_count) == (0, 0)
    assert task.user_identity.auto_user.elevation_level == "nonadmin"
    assert task.environment_settings[0].value == "1"
    assert task.node_info is None


def test_a_task_cannot_be_added_twice(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("t"))

    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.add(job, task_spec("T"))

    assert code_of(refusal) == "TaskExists"


def test_a_task_that_is_not_there_is_not_found(client: BatchServiceClient, job: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.get(job, "nowhere")

    assert code_of(refusal) == "TaskNotFound"


def test_dependencies_need_a_job_that_uses_them(client: BatchServiceClient) -> None:
    job = unique("job")
    client.job.add(job_spec(job, "no-pool-yet"))

    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.add(job, task_spec("b", depends_on=models.TaskDependencies(task_ids=["a"])))

    assert code_of(refusal) == "TaskDependenciesNotSpecifiedOnJob"


def test_a_job_action_needs_a_job_that_acts_on_failure(client: BatchServiceClient, job: str) -> None:
    conditions = models.ExitConditions(default=models.ExitOptions(job_action="terminate"))

    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.add(job, task_spec("t", exit_conditions=conditions))

    assert code_of(refusal) == "InvalidPropertyValue"
    assert values_of(refusal)["PropertyName"] == "exitConditions.jobAction"


def test_a_thousand_tasks_are_added_by_the_hundred(client: BatchServiceClient, job: str) -> None:
    names = [f"t{n:04}" for n in range(1000)]

    result = client.task.add_collection(job, [task_spec(name) for name in names])

    assert {entry.status for entry in result.value} == {"success"}
    assert sorted(task.id for task in client.task.list(job)) == names
    assert client.job.get_task_counts(job).task_counts.active == 1000


def test_each_task_of_a_collection_has_a_result_of_its_own(client: BatchServiceClient, job: str) -> None:
    admin = models.UserIdentity(auto_user=models.AutoUserSpecification(elevation_level="admin"))
    tasks = [task_spec("good"), task_spec("bad", user_identity=admin), task_spec("good-too")]

    with pytest.raises(CreateTasksErrorException) as refusal:
        client.task.add_collection(job, tasks)

    failed = refusal.value.failure_tasks
    assert [(entry.task_id, entry.error.code) for entry in failed] == [("bad", "UnsupportedProperty")]
    assert {task.id for task in client.task.list(job)} == {"good", "good-too"}


def test_what_is_there_already_counts_as_added(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("a"))

    result = client.task.add_collection(job, [task_spec("a"), task_spec("b")])

    assert {entry.task_id for entry in result.value} == {"a", "b"}
    assert len(list(client.task.list(job))) == 2


def test_a_collection_too_large_for_one_request_is_split_by_the_client(client: BatchServiceClient, job: str) -> None:
    large = [task_spec(f"t{n}", "/bin/echo " + "x" * 30_000) for n in range(60)]

    result = client.task.add_collection(job, large)

    assert len(result.value) == len(list(client.task.list(job))) == 60


def test_constraints_are_replaced_as_a_whole(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("t", constraints=models.TaskConstraints(retention_time=timedelta(days=1))))

    client.task.update(job, "t", models.TaskConstraints(max_task_retry_count=3))

    constraints = client.task.get(job, "t").constraints
    assert (constraints.max_task_retry_count, constraints.retention_time) == (3, timedelta(days=7))


def test_a_deleted_task_is_gone(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("t"))

    client.task.delete(job, "t")

    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.get(job, "t")
    assert code_of(refusal) == "TaskNotFound"


def test_a_terminated_task_is_completed_and_cannot_be_terminated_again(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("t"))
    client.task.terminate(job, "t")

    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.terminate(job, "t")

    task = client.task.get(job, "t")
    assert code_of(refusal) == "TaskCompleted"
    assert (task.state, task.execution_info.failure_info.code) == ("completed", "TaskEnded")


def test_a_failed_task_can_be_reactivated_and_a_waiting_one_not(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("t"))
    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.reactivate(job, "t")
    client.task.terminate(job, "t")

    client.task.reactivate(job, "t")

    assert code_of(refusal) == "TaskNotCompleted"
    assert client.task.get(job, "t").state == "active"


def test_a_stale_etag_is_refused(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("t"))
    before = client.task.get(job, "t").e_tag
    client.task.update(job, "t", models.TaskConstraints(max_task_retry_count=1))

    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.delete(job, "t", models.TaskDeleteOptions(if_match=before))

    assert code_of(refusal) == "ConditionNotMet"


def test_a_task_that_is_not_multi_instance_has_no_subtasks(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("t"))

    assert client.task.list_subtasks(job, "t").value == []


def test_tasks_run_in_the_order_of_their_dependencies(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, pool_id, uses_task_dependencies=True))
    after = models.TaskDependencies
    shared = f"$AZ_BATCH_NODE_SHARED_DIR/../../{job}"  # one directory for both nodes
    tasks = [
        task_spec("c", script(f"cat {shared}"), depends_on=after(task_ids=["b"])),
        task_spec("b", script(f"echo b >> {shared}"), depends_on=after(task_ids=["a"])),
        task_spec("a", script(f"echo a >> {shared}")),
        task_spec("fails", script("echo oh dear >&2; exit 3")),
        task_spec("blocked", depends_on=after(task_ids=["fails"])),
    ]

    client.task.add_collection(job, tasks)
    until(lambda: client.job.get_task_counts(job).task_counts.completed == 4)

    last = client.task.get(job, "c")
    out = b"".join(client.file.get_from_task(job, "c", "stdout.txt"))
    failed = client.task.get(job, "fails").execution_info
    assert (last.execution_info.exit_code, last.execution_info.result, out) == (0, "success", b"a\nb\n")
    assert last.node_info.pool_id == pool_id
    assert (failed.exit_code, failed.result, failed.failure_info.category) == (3, "failure", "usererror")
    assert client.task.get(job, "blocked").state == "active"
