"""Job_*: through the vendor's client."""

from __future__ import annotations

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import code_of, job_spec, script, task_spec, unique, values_of
from tests.support.waiting import until


@pytest.fixture
def job(client: BatchServiceClient) -> str:
    """A job whose pool does not exist, so that its tasks wait."""
    name = unique("job")
    client.job.add(job_spec(name, "no-pool-yet"))
    return name


def test_a_job_that_was_added_is_found_with_the_services_defaults(client: BatchServiceClient, job: str) -> None:
    found = client.job.get(job)

    assert (found.id, found.state, found.priority, found.max_parallel_tasks) == (job, "active", 0, -1)
    assert (found.on_all_tasks_complete, found.on_task_failure) == ("noaction", "noaction")
    assert (found.uses_task_dependencies, found.allow_task_preemption) == (False, False)
    assert found.constraints.max_task_retry_count == 0
    assert found.constraints.max_wall_clock_time.days == 10_675_199
    assert found.execution_info.pool_id == "no-pool-yet"


def test_a_job_cannot_be_added_twice(client: BatchServiceClient, job: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.add(job_spec(job, "no-pool-yet"))

    assert code_of(refusal) == "JobExists"


def test_a_job_that_is_not_there_is_not_found(client: BatchServiceClient) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.get("nowhere")

    assert code_of(refusal) == "JobNotFound"


def test_a_patch_changes_what_it_names_alone(client: BatchServiceClient, job: str) -> None:
    client.job.patch(job, models.JobPatchParameter(priority=7, metadata=[models.MetadataItem(name="a", value="1")]))
    client.job.patch(job, models.JobPatchParameter(max_parallel_tasks=3))

    found = client.job.get(job)

    assert (found.priority, found.max_parallel_tasks, found.metadata[0].name) == (7, 3, "a")


def test_an_update_puts_back_what_it_does_not_name(client: BatchServiceClient, job: str) -> None:
    client.job.patch(job, models.JobPatchParameter(priority=7, metadata=[models.MetadataItem(name="a", value="1")]))
    client.job.update(job, models.JobUpdateParameter(pool_info=models.PoolInformation(pool_id="no-pool-yet")))

    found = client.job.get(job)

    assert (found.priority, found.metadata) == (0, None)


def test_a_job_changes_its_pool_only_while_disabled(client: BatchServiceClient, job: str) -> None:
    elsewhere = models.JobPatchParameter(pool_info=models.PoolInformation(pool_id="elsewhere"))
    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.patch(job, elsewhere)
    client.job.disable(job, "requeue")
    until(lambda: client.job.get(job).state == "disabled")
    client.job.patch(job, elsewhere)
    client.job.enable(job)
    until(lambda: client.job.get(job).state == "active")

    assert code_of(refusal) == "OperationInvalidForCurrentState"
    assert client.job.get(job).pool_info.pool_id == "elsewhere"


def test_automatic_termination_cannot_be_turned_off_again(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("waits"))
    client.job.patch(job, models.JobPatchParameter(on_all_tasks_complete="terminatejob"))

    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.patch(job, models.JobPatchParameter(on_all_tasks_complete="noaction"))

    assert code_of(refusal) == "InvalidPropertyValue"
    assert values_of(refusal)["PropertyName"] == "onAllTasksComplete"


def test_a_terminated_job_says_why_and_takes_no_more_tasks(client: BatchServiceClient, job: str) -> None:
    client.job.terminate(job, terminate_reason="enough")
    until(lambda: client.job.get(job).state == "completed")

    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.add(job, task_spec("late"))

    assert code_of(refusal) == "JobCompleted"
    assert client.job.get(job).execution_info.terminate_reason == "enough"


def test_a_deleted_job_goes_away(client: BatchServiceClient, job: str) -> None:
    client.job.delete(job)

    until(lambda: job not in {found.id for found in client.job.list()})


def test_jobs_are_filtered_and_paged(client: BatchServiceClient) -> None:
    prefix = unique("many")
    names = [f"{prefix}-{n}" for n in range(3)]
    for name in names:
        client.job.add(job_spec(name, "no-pool-yet"))

    found = client.job.list(models.JobListOptions(filter=f"startswith(id,'{prefix}')", max_results=1))

    assert [job.id for job in found] == names


def test_tasks_are_counted_by_state_and_by_slots(client: BatchServiceClient, job: str) -> None:
    client.task.add(job, task_spec("one"))
    client.task.add(job, task_spec("two", required_slots=2))

    counts = client.job.get_task_counts(job)

    assert (counts.task_counts.active, counts.task_counts.completed) == (2, 0)
    assert counts.task_slot_counts.active == 3


def test_a_stale_etag_is_refused(client: BatchServiceClient, job: str) -> None:
    before = client.job.get(job).e_tag
    client.job.patch(job, models.JobPatchParameter(priority=1))

    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.terminate(job, job_terminate_options=models.JobTerminateOptions(if_match=before))

    assert code_of(refusal) == "ConditionNotMet"


def test_an_armed_job_ends_with_its_last_task(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, pool_id))
    client.task.add_collection(job, [task_spec("good"), task_spec("bad", script("exit 1"))])
    client.job.patch(job, models.JobPatchParameter(on_all_tasks_complete="terminatejob"))

    ended = until(lambda: (found := client.job.get(job)).state == "completed" and found)

    counts = client.job.get_task_counts(job).task_counts
    assert ended.execution_info.terminate_reason == "AllTasksComplete"
    assert ended.execution_info.end_time >= ended.execution_info.start_time
    assert (counts.completed, counts.succeeded, counts.failed) == (2, 1, 1)


def test_a_failed_task_can_end_its_job(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, pool_id, on_task_failure="performexitoptionsjobaction"))
    client.task.add(job, task_spec("bad", script("exit 1")))

    ended = until(lambda: (found := client.job.get(job)).state == "completed" and found)

    assert ended.execution_info.terminate_reason == "TaskFailed"


def test_preparation_and_release_are_told_by_node(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    prepare = models.JobPreparationTask(command_line=script("echo ready > ready"))
    release = models.JobReleaseTask(command_line="/bin/true")
    client.job.add(job_spec(job, pool_id, job_preparation_task=prepare, job_release_task=release))
    client.task.add(job, task_spec("reads", script("cat $AZ_BATCH_JOB_PREP_WORKING_DIR/ready")))
    until(lambda: client.task.get(job, "reads").state == "completed")
    client.job.terminate(job)
    until(lambda: client.job.get(job).state == "completed")

    runs = list(client.job.list_preparation_and_release_task_status(job))

    assert client.task.get(job, "reads").execution_info.exit_code == 0
    assert [run.job_preparation_task_execution_info.exit_code for run in runs] == [0]
    assert [run.job_release_task_execution_info.state for run in runs] == ["completed"]
    assert runs[0].job_preparation_task_execution_info.task_root_directory.endswith("/jobpreparation")


def test_without_a_preparation_task_there_is_no_status(client: BatchServiceClient, job: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        list(client.job.list_preparation_and_release_task_status(job))

    assert code_of(refusal) == "JobPreparationTaskNotSpecified"
