"""JobSchedule_* and Job_ListFromJobSchedule: through the vendor's client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.openapi import checker
from tests.contract.batch.support import (
    Wire,
    code_of,
    headers,
    job_spec,
    schedule_spec,
    specification,
    unique,
    values_of,
)
from tests.support.waiting import until

HOUR = timedelta(hours=1)


@pytest.fixture
def schedule(client: BatchServiceClient) -> Iterator[str]:
    """A schedule with an hour between its jobs, the first of which is there."""
    name = unique("schedule")
    client.job_schedule.add(schedule_spec(name, recurrence_interval=HOUR))
    yield name
    with suppress(models.BatchErrorException):  # the test did it
        client.job_schedule.delete(name)


def test_a_schedule_that_was_added_has_made_its_first_job(client: BatchServiceClient, schedule: str) -> None:
    found = client.job_schedule.get(schedule)

    info, job = found.execution_info, client.job.get(f"{schedule}:job-1")
    assert (found.id, found.state, found.previous_state) == (schedule, "active", None)
    assert (found.schedule.recurrence_interval, found.schedule.start_window) == (HOUR, None)
    assert (info.recent_job.id, info.recent_job.url) == (job.id, job.url)
    assert info.next_run_time == found.creation_time + HOUR
    assert info.end_time is None
    assert (job.state, job.pool_info.pool_id, job.on_all_tasks_complete) == ("active", "no-pool-yet", "noaction")
    assert found.job_specification.constraints.max_task_retry_count == 0


def test_a_job_has_all_that_the_specification_says(client: BatchServiceClient) -> None:
    name = unique("schedule")
    item, setting = models.MetadataItem(name="a", value="1"), models.EnvironmentSetting(name="B", value="2")
    spec = specification(
        "no-pool-yet",
        priority=5,
        display_name="made by a schedule",
        uses_task_dependencies=True,
        max_parallel_tasks=2,
        on_task_failure="performexitoptionsjobaction",
        metadata=[item],
        common_environment_settings=[setting],
        constraints=models.JobConstraints(max_wall_clock_time=HOUR, max_task_retry_count=3),
        job_preparation_task=models.JobPreparationTask(command_line="/bin/true"),
        job_release_task=models.JobReleaseTask(command_line="/bin/true"),
        job_manager_task=models.JobManagerTask(id="m", command_line="/bin/true"),
    )

    client.job_schedule.add(schedule_spec(name, spec))
    job = client.job.get(f"{name}:job-1")

    assert (job.priority, job.display_name, job.uses_task_dependencies, job.max_parallel_tasks) == (
        5, "made by a schedule", True, 2,
    )  # fmt: skip
    assert (job.metadata[0].value, job.common_environment_settings[0].value) == ("1", "2")
    assert (job.constraints.max_wall_clock_time, job.on_task_failure) == (HOUR, "performexitoptionsjobaction")
    assert (job.job_preparation_task.id, job.job_release_task.id) == ("jobpreparation", "jobrelease")
    assert (job.job_manager_task.kill_job_on_completion, job.job_manager_task.constraints.max_task_retry_count) == (
        True, 3,
    )  # fmt: skip
    assert [task.id for task in client.task.list(job.id)] == ["m"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an interval below a minute": ({"recurrence_interval": timedelta(seconds=59)}, "schedule.recurrenceInterval"),
    "a window below a minute": ({"start_window": timedelta(seconds=1)}, "schedule.startWindow"),
    "an end before its start": (
        {
            "do_not_run_until": datetime(2030, 1, 2, tzinfo=timezone.utc),
            "do_not_run_after": datetime(2030, 1, 1, tzinfo=timezone.utc),
        },
        "schedule.doNotRunAfter",
    ),
}


@pytest.mark.parametrize(("times", "name"), REFUSED.values(), ids=REFUSED.keys())
def test_times_that_cannot_be_are_refused(client: BatchServiceClient, times: dict[str, Any], name: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        client.job_schedule.add(schedule_spec(unique("schedule"), **times))

    assert (code_of(refusal), values_of(refusal)["PropertyName"]) == ("InvalidPropertyValue", name)


def test_a_schedule_and_a_job_cannot_have_the_same_id(client: BatchServiceClient, schedule: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, "no-pool-yet"))

    with pytest.raises(models.BatchErrorException) as again:
        client.job_schedule.add(schedule_spec(schedule.upper()))
    with pytest.raises(models.BatchErrorException) as named_as_job:
        client.job_schedule.add(schedule_spec(job))
    with pytest.raises(models.BatchErrorException) as named_as_schedule:
        client.job.add(job_spec(schedule, "no-pool-yet"))

    assert code_of(again) == "JobScheduleExists"
    assert code_of(named_as_job) == "JobWithSameIdExists"
    assert code_of(named_as_schedule) == "JobScheduleWithSameIdExists"


def test_what_is_not_there_is_not_found(client: BatchServiceClient) -> None:
    assert not client.job_schedule.exists("nowhere")
    for call in (client.job_schedule.get, client.job_schedule.delete, client.job_schedule.enable):
        with pytest.raises(models.BatchErrorException) as refusal:
            call("nowhere")
        assert code_of(refusal) == "JobScheduleNotFound"
    with pytest.raises(models.BatchErrorException) as refusal:
        list(client.job.list_from_job_schedule("nowhere"))
    assert code_of(refusal) == "JobScheduleNotFound"


def test_schedules_are_filtered_selected_and_paged(client: BatchServiceClient) -> None:
    prefix = unique("many")
    later = datetime(2040, 1, 1, tzinfo=timezone.utc)
    names = [f"{prefix}-{n}" for n in range(3)]
    for name in names:
        client.job_schedule.add(schedule_spec(name, do_not_run_until=later))
    client.job_schedule.disable(names[1])

    def found(condition: str, **options: Any) -> list[models.CloudJobSchedule]:
        text = f"startswith(id,'{prefix}')" + (f" and {condition}" if condition else "")
        return list(client.job_schedule.list(models.JobScheduleListOptions(filter=text, **options)))

    assert [entry.id for entry in found("", max_results=1)] == names
    assert [entry.id for entry in found("state eq 'disabled'")] == [names[1]]
    assert found("schedule/doNotRunUntil lt DateTime'2039-01-01T00:00:00Z'") == []
    (selected, *_) = found("", select="id,state")
    assert (selected.id, selected.state, selected.url, selected.job_specification) == (names[0], "active", None, None)
    assert client.job_schedule.exists(names[0])


def test_jobs_of_a_schedule_are_listed_and_filtered(client: BatchServiceClient, schedule: str) -> None:
    options = models.JobListFromJobScheduleOptions
    active = options(filter="state eq 'active'", select="id,state", max_results=1)

    jobs = list(client.job.list_from_job_schedule(schedule, active))

    assert [(job.id, job.url) for job in jobs] == [(f"{schedule}:job-1", None)]
    assert list(client.job.list_from_job_schedule(schedule, options(filter="state eq 'completed'"))) == []
    assert f"{schedule}:job-1" in {job.id for job in client.job.list()}
    with pytest.raises(models.BatchErrorException) as refusal:
        list(client.job.list_from_job_schedule(schedule, options(filter="id eq 'x'")))
    assert code_of(refusal) == "InvalidQueryParameterValue"


def test_a_patch_changes_what_it_names_and_jobs_that_are_there_stay(client: BatchServiceClient, schedule: str) -> None:
    item = models.MetadataItem(name="a", value="1")

    client.job_schedule.patch(schedule, models.JobSchedulePatchParameter(metadata=[item]))
    client.job_schedule.patch(
        schedule, models.JobSchedulePatchParameter(job_specification=specification("elsewhere", priority=9))
    )

    found = client.job_schedule.get(schedule)
    assert (found.metadata[0].value, found.schedule.recurrence_interval) == ("1", HOUR)
    assert (found.job_specification.priority, found.job_specification.pool_info.pool_id) == (9, "elsewhere")
    assert client.job.get(f"{schedule}:job-1").priority == 0


def test_an_update_replaces_all(client: BatchServiceClient, schedule: str) -> None:
    client.job_schedule.patch(
        schedule, models.JobSchedulePatchParameter(metadata=[models.MetadataItem(name="a", value="1")])
    )

    client.job_schedule.update(
        schedule,
        models.JobScheduleUpdateParameter(
            schedule=models.Schedule(recurrence_interval=2 * HOUR, start_window=HOUR),
            job_specification=specification(),
        ),
    )

    found = client.job_schedule.get(schedule)
    assert (found.metadata, found.schedule.recurrence_interval, found.schedule.start_window) == (None, 2 * HOUR, HOUR)
    assert found.execution_info.next_run_time == found.creation_time + 2 * HOUR


def test_a_change_under_a_condition_that_no_longer_holds_is_refused(client: BatchServiceClient, schedule: str) -> None:
    before = client.job_schedule.get(schedule).e_tag
    client.job_schedule.disable(schedule)

    with pytest.raises(models.BatchErrorException) as refusal:
        client.job_schedule.delete(schedule, models.JobScheduleDeleteOptions(if_match=before))

    assert code_of(refusal) == "ConditionNotMet"
    assert client.job_schedule.get(schedule).e_tag != before


def test_a_disabled_schedule_is_enabled_again(client: BatchServiceClient, schedule: str) -> None:
    client.job_schedule.disable(schedule)
    disabled = client.job_schedule.get(schedule)
    client.job_schedule.disable(schedule)
    client.job_schedule.enable(schedule)
    enabled = client.job_schedule.get(schedule)

    assert (disabled.state, disabled.previous_state) == ("disabled", "active")
    assert (enabled.state, enabled.previous_state) == ("active", "disabled")
    assert enabled.previous_state_transition_time == disabled.state_transition_time
    assert client.job.get(f"{schedule}:job-1").state == "active"


def test_a_terminated_schedule_ends_its_job_and_takes_no_more_changes(
    client: BatchServiceClient, schedule: str
) -> None:
    client.job_schedule.terminate(schedule)
    until(lambda: client.job_schedule.get(schedule).state == "completed")
    found = client.job_schedule.get(schedule)

    job = client.job.get(f"{schedule}:job-1")
    assert found.execution_info.end_time == found.state_transition_time
    assert found.execution_info.next_run_time is None
    assert (job.state, job.execution_info.terminate_reason) == ("completed", "TerminateJobSchedule")
    for call in (client.job_schedule.terminate, client.job_schedule.disable, client.job_schedule.enable):
        with pytest.raises(models.BatchErrorException) as refusal:
            call(schedule)
        assert code_of(refusal) == "JobScheduleCompleted"


def test_a_deleted_schedule_takes_its_jobs_with_it(client: BatchServiceClient) -> None:
    name = unique("schedule")
    client.job_schedule.add(schedule_spec(name))

    client.job_schedule.delete(name)

    until(lambda: not client.job_schedule.exists(name))
    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.get(f"{name}:job-1")
    assert code_of(refusal) == "JobNotFound"


def test_answers_are_as_the_official_document_has_them(wire: Wire, client: BatchServiceClient, schedule: str) -> None:
    one = f"/jobschedules/{schedule}"
    reads = [
        ("JobSchedule_Get", one),
        ("JobSchedule_List", "/jobschedules"),
        ("Job_ListFromJobSchedule", f"{one}/jobs"),
        ("Job_Get", f"/jobs/{schedule}:job-1"),
    ]

    problems = {path: checker().response(name, 200, wire("GET", path).json()) for name, path in reads}
    added = headers(client.job_schedule.enable(schedule, raw=True))

    assert not any(problems.values()), problems
    assert added["dataserviceid"].endswith(one)
    assert {"etag", "last-modified"} <= added.keys()
    assert wire("POST", f"{one}/disable").status_code == 204
    assert wire("POST", f"{one}/terminate").status_code == 202
    assert wire("DELETE", one).status_code == 202
