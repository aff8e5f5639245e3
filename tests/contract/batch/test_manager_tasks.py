"""Job manager tasks: through the vendor's client, and one that itself speaks to the service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.openapi import checker
from tests.contract.batch.support import (
    Target,
    Wire,
    code_of,
    job_spec,
    pool_spec,
    script,
    task_spec,
    unique,
    values_of,
)
from tests.support import emulator as processes
from tests.support.waiting import until

MANAGER = '''
"""Adds three tasks to its own job, with nothing but the standard library."""
import base64, hashlib, hmac, json, os, urllib.parse, urllib.request
from email.utils import formatdate

account, job = os.environ["AZ_BATCH_ACCOUNT_NAME"], os.environ["AZ_BATCH_JOB_ID"]
path = "/jobs/" + urllib.parse.quote(job, safe="") + "/addtaskcollection"
tasks = [{"id": "t%d" % n, "commandLine": "/bin/echo " + os.environ["AZ_BATCH_TASK_ID"]} for n in range(3)]
body = json.dumps({"value": tasks}).encode()
kind, date, version = "application/json; odata=minimalmetadata", formatdate(usegmt=True), "2024-02-01.19.0"
lines = ["POST", "", "", str(len(body)), "", kind, "", "", "", "", "", "", "ocp-date:" + date]
text = "\\n".join([*lines, "/" + account + path, "api-version:" + version])
key = base64.b64decode(os.environ["ACCOUNT_KEY"])
signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
request = urllib.request.Request(
    os.environ["AZ_BATCH_ACCOUNT_URL"] + path + "?api-version=" + version, body,
    {"Content-Type": kind, "ocp-date": date, "Authorization": "SharedKey " + account + ":" + signature},
)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
results = json.load(opener.open(request))["value"]
print(*sorted(result["status"] for result in results))
'''
RUN = f"{sys.executable} -c 'import os; exec(os.environ[\"SCRIPT\"])'"


def manager(command: str = "/bin/true", **changes: Any) -> models.JobManagerTask:
    return models.JobManagerTask(id="manager", command_line=command, **changes)


def speaking(key: str, **changes: Any) -> models.JobManagerTask:
    """The manager that adds tasks, with the account's key among its settings."""
    variables = {"ACCOUNT_KEY": key, "SCRIPT": MANAGER}
    settings = [models.EnvironmentSetting(name=name, value=value) for name, value in variables.items()]
    return manager(RUN, environment_settings=settings, **changes)


def ended(client: BatchServiceClient, job: str) -> models.CloudJob:
    found: models.CloudJob = until(lambda: (found := client.job.get(job)).state == "completed" and found)
    return found


def said(client: BatchServiceClient, job: str, task: str) -> str:
    return b"".join(client.file.get_from_task(job, task, "stdout.txt")).decode()


def test_the_manager_is_a_task_of_its_job_with_the_services_defaults(client: BatchServiceClient) -> None:
    job = unique("job")
    constraints = models.JobConstraints(max_task_retry_count=2)

    client.job.add(job_spec(job, "no-pool-yet", job_manager_task=manager(), constraints=constraints))

    shown = client.job.get(job).job_manager_task
    task = client.task.get(job, "manager")
    assert (shown.id, shown.kill_job_on_completion, shown.run_exclusive, shown.allow_low_priority_node) == (
        "manager", True, True, True,
    )  # fmt: skip
    assert (task.state, task.command_line, task.required_slots) == ("active", "/bin/true", 1)
    assert (task.constraints.max_task_retry_count, shown.constraints.max_task_retry_count) == (2, 2)
    assert client.job.get_task_counts(job).task_counts.active == 1
    with pytest.raises(models.BatchErrorException) as refusal:
        client.task.add(job, task_spec("Manager"))
    assert code_of(refusal) == "TaskExists"


def test_the_job_ends_with_its_manager(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, pool_id, job_manager_task=manager(script("echo $AZ_BATCH_TASK_ID $AZ_BATCH_JOB_ID"))))

    found = ended(client, job)

    assert found.execution_info.terminate_reason == "JMComplete"
    assert said(client, job, "manager") == f"manager {job}\n"


def test_a_manager_of_the_standard_library_adds_tasks_and_the_armed_job_ends_with_the_last(
    target: Target, client: BatchServiceClient, pool_id: str
) -> None:
    job = unique("job")
    ending = speaking(target.key, kill_job_on_completion=False, run_exclusive=False)
    client.job.add(job_spec(job, pool_id, job_manager_task=ending, on_all_tasks_complete="terminatejob"))

    found = ended(client, job)

    counts = client.job.get_task_counts(job).task_counts
    assert found.execution_info.terminate_reason == "AllTasksComplete"
    assert (counts.succeeded, counts.failed) == (4, 0)
    assert said(client, job, "manager") == "success success success\n"
    assert said(client, job, "t0") == "manager\n"


def test_the_manager_of_a_schedules_job_adds_tasks_to_that_job(
    target: Target, client: BatchServiceClient, pool_id: str
) -> None:
    schedule = unique("schedule")
    specification = models.JobSpecification(
        pool_info=models.PoolInformation(pool_id=pool_id),
        job_manager_task=speaking(target.key, kill_job_on_completion=False, run_exclusive=False),
        on_all_tasks_complete="terminatejob",
    )

    client.job_schedule.add(
        models.JobScheduleAddParameter(id=schedule, schedule=models.Schedule(), job_specification=specification)
    )
    until(lambda: client.job_schedule.get(schedule).state == "completed")

    counts = client.job.get_task_counts(f"{schedule}:job-1").task_counts
    assert (counts.succeeded, counts.failed) == (4, 0)


def test_an_exclusive_manager_has_its_node_to_itself(client: BatchServiceClient) -> None:
    pool, job = unique("pool"), unique("job")
    client.pool.add(pool_spec(pool, target_dedicated_nodes=1, task_slots_per_node=4))
    alone = manager(script("while test ! -e stop; do sleep 0.05; done"), kill_job_on_completion=False)
    client.job.add(job_spec(job, pool, job_manager_task=alone))
    client.task.add(job, task_spec("other"))
    running = until(lambda: (task := client.task.get(job, "manager")).state == "running" and task)

    before = client.task.get(job, "other").state
    node = client.compute_node.get(pool, running.node_info.node_id)
    client.task.terminate(job, "manager")
    until(lambda: client.task.get(job, "other").state == "completed")
    client.pool.delete(pool)

    assert (before, node.running_tasks_count, node.running_task_slots_count) == ("active", 1, 1)


def test_a_manager_may_not_be_called_as_another_task_of_the_job(client: BatchServiceClient) -> None:
    prepare = models.JobPreparationTask(id="Manager", command_line="/bin/true")

    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.add(job_spec(unique("job"), "no-pool-yet", job_manager_task=manager(), job_preparation_task=prepare))

    assert values_of(refusal)["PropertyName"] == "jobManagerTask.id"


def test_the_retired_authentication_token_is_refused_by_name(client: BatchServiceClient) -> None:
    token = models.AuthenticationTokenSettings(access=["job"])

    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.add(
            job_spec(unique("job"), "no-pool-yet", job_manager_task=manager(authentication_token_settings=token))
        )

    assert code_of(refusal) == "UnsupportedProperty"
    assert values_of(refusal)["PropertyName"] == "jobManagerTask.authenticationTokenSettings"


def test_the_job_with_its_manager_is_as_the_official_document_has_it(wire: Wire, client: BatchServiceClient) -> None:
    job = unique("job")
    client.job.add(job_spec(job, "no-pool-yet", job_manager_task=manager()))

    assert not checker().response("Job_Get", 200, wire("GET", f"/jobs/{job}").json())
    assert not checker().response("Task_Get", 200, wire("GET", f"/jobs/{job}/tasks/manager").json())


def test_a_manager_that_ran_when_the_service_was_stopped_runs_again(tmp_path: Path) -> None:
    once = "test -e there && exit 0; touch there; sleep 100"
    with processes.running_emulator(tmp_path / "emulator") as emulator, emulator.batch() as client:
        client.pool.add(pool_spec("p", target_dedicated_nodes=1))
        client.job.add(job_spec("j", "p", job_manager_task=manager(script(once))))
        until(lambda: client.task.get("j", "manager").state == "running")
        until(lambda: any(found.name == "wd/there" for found in client.file.list_from_task(
            "j", "manager", recursive=True)))  # fmt: skip

    with processes.running_emulator(tmp_path / "emulator") as emulator, emulator.batch() as client:
        found = ended(client, "j")
        task = client.task.get("j", "manager")

    assert found.execution_info.terminate_reason == "JMComplete"
    assert (task.execution_info.result, task.execution_info.requeue_count) == ("success", 1)
