"""Task_List: filters, selections and pages, as a monitor uses them."""

from __future__ import annotations

from datetime import datetime

import pytest
from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import Wire, code_of, job_spec, script, task_spec, unique
from tests.support.waiting import until

SELECT = "id,state,stateTransitionTime,executionInfo,nodeInfo"


@pytest.fixture
def job(client: BatchServiceClient) -> str:
    """A job with five tasks that wait, since there is no such pool."""
    name = unique("job")
    client.job.add(job_spec(name, "no-pool-yet"))
    for n in range(5):
        client.task.add(name, task_spec(f"t{n}"))
    return name


def listed(client: BatchServiceClient, job: str, **options: object) -> list[models.CloudTask]:
    return list(client.task.list(job, models.TaskListOptions(**options)))


def since(moment: datetime) -> str:
    return f"stateTransitionTime ge DateTime'{moment:%Y-%m-%dT%H:%M:%S.%f}Z'"


def test_a_poll_sees_what_changed_and_nothing_else(client: BatchServiceClient, job: str) -> None:
    last = max(task.state_transition_time for task in client.task.list(job))
    client.task.terminate(job, "t3")
    changed = client.task.get(job, "t3").state_transition_time

    seen = listed(client, job, filter=since(changed), select=SELECT)

    assert changed >= last
    assert "t3" in [task.id for task in seen]
    assert all(task.state_transition_time >= changed for task in seen)
    assert (seen[-1].state, seen[-1].command_line) == ("completed", None)


def test_a_poll_is_paged_by_time_of_change(client: BatchServiceClient, job: str) -> None:
    start = min(task.state_transition_time for task in client.task.list(job))
    client.task.terminate(job, "t0")

    seen = listed(client, job, filter=since(start), select="id", max_results=2)

    assert [task.id for task in seen] == ["t1", "t2", "t3", "t4", "t0"]


def test_pages_are_stable_while_tasks_come_go_and_change(client: BatchServiceClient, job: str) -> None:
    pages = client.task.list(job, models.TaskListOptions(max_results=2))
    first = [next(pages).id, next(pages).id]
    client.task.delete(job, "t0")
    client.task.terminate(job, "t3")
    client.task.add(job, task_spec("t5"))

    rest = [task.id for task in pages]

    assert first + rest == ["t0", "t1", "t2", "t3", "t4", "t5"]


def test_the_last_page_has_no_link_and_the_others_an_absolute_one(wire: Wire, job: str) -> None:
    first = wire("GET", f"/jobs/{job}/tasks", query={"maxresults": "3"}).json()
    second = wire("GET", first["odata.nextLink"]).json()

    assert [task["id"] for task in first["value"]] == ["t0", "t1", "t2"]
    assert [task["id"] for task in second["value"]] == ["t3", "t4"]
    assert first["odata.nextLink"].startswith(wire.target.url)
    assert "odata.nextLink" not in second


def test_a_page_that_holds_all_exactly_is_the_last(wire: Wire, job: str) -> None:
    assert "odata.nextLink" not in wire("GET", f"/jobs/{job}/tasks", query={"maxresults": "5"}).json()


def test_a_token_of_another_list_is_refused(wire: Wire, job: str) -> None:
    answer = wire("GET", f"/jobs/{job}/tasks", query={"$skiptoken": "bm9uc2Vuc2U"})

    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidQueryParameterValue")


def test_tasks_are_selected_by_state(client: BatchServiceClient, job: str) -> None:
    client.task.terminate(job, "t1")

    assert [task.id for task in listed(client, job, filter="state eq 'completed'")] == ["t1"]
    assert [task.id for task in listed(client, job, filter="state ne 'completed' and id gt 't2'")] == ["t3", "t4"]
    assert listed(client, job, filter="state eq 'running'") == []


def test_what_runs_is_found_and_what_failed_by_its_exit_code(client: BatchServiceClient, pool_id: str) -> None:
    job = unique("job")
    client.job.add(job_spec(job, pool_id))
    client.task.add(job, task_spec("fails", script("exit 7")))
    client.task.add(job, task_spec("stays", script("exec sleep 60")))
    until(lambda: client.job.get_task_counts(job).task_counts.completed == 1)
    until(lambda: client.task.get(job, "stays").state == "running")

    running = listed(client, job, filter="state eq 'running'", select=SELECT)
    failed = listed(client, job, filter="executionInfo/result eq 'Failure' and executionInfo/exitCode ge 1")
    client.task.terminate(job, "stays")

    assert [(task.id, task.node_info.pool_id) for task in running] == [("stays", pool_id)]
    assert [(task.id, task.execution_info.exit_code) for task in failed] == [("fails", 7)]


def test_a_selection_leaves_the_rest_out(wire: Wire, job: str) -> None:
    value = wire("GET", f"/jobs/{job}/tasks", query={"$select": "id,commandLine"}).json()["value"]

    assert value[0] == {"id": "t0", "commandLine": "/bin/true"}


REFUSED = {
    "a filter that is none": {"filter": "state is 'active'"},
    "a filter by what cannot be filtered by": {"filter": "commandLine eq '/bin/true'"},
    "a selection of what is not there": {"select": "id,colour"},
    "an expansion of what cannot be expanded": {"expand": "executionInfo"},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_understood_is_refused(client: BatchServiceClient, job: str, case: str) -> None:
    with pytest.raises(models.BatchErrorException) as refusal:
        listed(client, job, **REFUSED[case])

    assert code_of(refusal) == "InvalidQueryParameterValue"


def test_statistics_can_be_asked_for(client: BatchServiceClient, job: str) -> None:
    assert len(listed(client, job, expand="stats")) == 5
