"""Every answer against the official OpenAPI document, with a service that is filled and busy."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.openapi import check_module, checker
from tests.contract.batch.support import Target, Wire, job_spec, pool_spec, script, task_spec, unique
from tests.support.waiting import until


@pytest.fixture
def filled(client: BatchServiceClient, pool_id: str) -> str:
    """A job with tasks in every state, and with all that a document can carry."""
    start = models.StartTask(command_line="/bin/true", environment_settings=[models.EnvironmentSetting(name="A")])
    client.pool.add(pool_spec(unique("pool"), start_task=start, resource_tags={"a": "b"}, target_dedicated_nodes=1))
    job = unique("job")
    client.job.add(
        job_spec(
            job,
            pool_id,
            uses_task_dependencies=True,
            on_task_failure="performexitoptionsjobaction",
            job_preparation_task=models.JobPreparationTask(command_line="/bin/true"),
            job_release_task=models.JobReleaseTask(command_line="/bin/true"),
            common_environment_settings=[models.EnvironmentSetting(name="A", value="1")],
            metadata=[models.MetadataItem(name="a", value="b")],
        )
    )
    nothing = models.ExitOptions(job_action="none", dependency_action="block")
    tasks = [
        task_spec("runs", script("exec sleep 60")),
        task_spec("fails", script("exit 9"), exit_conditions=models.ExitConditions(default=nothing)),
        task_spec("waits", depends_on=models.TaskDependencies(task_ids=["fails"], task_id_ranges=[])),
        task_spec("ends", constraints=models.TaskConstraints(max_task_retry_count=2), required_slots=2),
        task_spec("lost", "/no/such/program", exit_conditions=models.ExitConditions(default=nothing)),
    ]
    client.task.add_collection(job, tasks)
    until(lambda: client.job.get_task_counts(job).task_counts.completed == 3)
    until(lambda: client.task.get(job, "runs").state == "running")
    return job


def test_every_document_is_as_the_official_one_has_it(wire: Wire, pool_id: str, filled: str) -> None:
    node = wire("GET", f"/pools/{pool_id}/nodes").json()["value"][0]["id"]
    reads = [
        ("Account_ListSupportedImages", "/supportedimages"),
        ("Account_ListPoolNodeCounts", "/nodecounts"),
        ("Pool_List", "/pools"),
        ("Pool_Get", f"/pools/{pool_id}"),
        ("ComputeNode_List", f"/pools/{pool_id}/nodes"),
        ("ComputeNode_Get", f"/pools/{pool_id}/nodes/{node}"),
        ("File_ListFromComputeNode", f"/pools/{pool_id}/nodes/{node}/files"),
        ("Job_List", "/jobs"),
        ("Job_Get", f"/jobs/{filled}"),
        ("Job_GetTaskCounts", f"/jobs/{filled}/taskcounts"),
        ("Job_ListPreparationAndReleaseTaskStatus", f"/jobs/{filled}/jobpreparationandreleasetaskstatus"),
        ("Task_List", f"/jobs/{filled}/tasks"),
        *[("Task_Get", f"/jobs/{filled}/tasks/{task}") for task in ("runs", "fails", "waits", "ends", "lost")],
        ("Task_ListSubtasks", f"/jobs/{filled}/tasks/runs/subtasksinfo"),
        ("File_ListFromTask", f"/jobs/{filled}/tasks/fails/files"),
    ]

    problems = {
        f"{operation} {path}": found
        for operation, path in reads
        if (found := checker().response(operation, 200, wire("GET", path).json()))
    }
    wire("POST", f"/jobs/{filled}/terminate")

    assert not problems


def test_a_result_of_a_collection_is_as_the_document_has_it(wire: Wire, client: BatchServiceClient) -> None:
    job = unique("job")
    client.job.add(job_spec(job, "no-pool-yet"))
    good: dict[str, Any] = {"id": "t", "commandLine": "x"}

    answer = wire("POST", f"/jobs/{job}/addtaskcollection", body={"value": [good, good, {"id": "u"}]})

    assert [entry["status"] for entry in answer.json()["value"]] == ["success", "clienterror", "clienterror"]
    assert not checker().response("Task_AddCollection", 200, answer.json())


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the checker leaves a file to the garbage collector
def test_errors_are_documented_with_their_statuses(wire: Wire) -> None:
    answers = [
        wire("GET", "/pools/nowhere"),
        wire("GET", "/jobs/nowhere/tasks/t"),
        wire("POST", "/pools", body={}),
        wire("GET", "/pools", signed=False),
        wire("PUT", "/pools"),
    ]

    for answer in answers:
        assert not checker().error(answer.status_code, answer.json())
        assert not checker().response("Pool_Get", answer.status_code, answer.json())


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the checker leaves a file to the garbage collector
def test_the_probe_finds_nothing(target: Target, filled: str) -> None:
    client_output = io.StringIO()
    assert filled
    arguments = type("Arguments", (), {
        "batch_url": target.url, "account": target.name, "key": target.key, "strict": False, "quirks": True,
        "api_version": "2024-02-01.19.0", "n": 3, "max": 8,
    })  # fmt: skip

    with contextlib.redirect_stdout(client_output):
        check_module().cmd_probe(arguments)

    assert client_output.getvalue().endswith(" 0 with problems\n"), client_output.getvalue()
