"""What the adapter makes of lists, of their pages, and of files."""

from __future__ import annotations

import pytest

from batchspec.errors import Refused, Unreachable
from batchspec.service.batch import AzureBatch
from batchspec.service.views import moment
from tests.unit.service.server import Answer, Server


def task(name: str) -> dict[str, str]:
    return {"id": name, "state": "active", "stateTransitionTime": "2026-01-01T00:00:00.1234567Z"}


def test_a_list_asks_for_what_is_needed_and_follows_its_pages(server: Server, batch: AzureBatch) -> None:
    server.answers = [
        Answer(200, {"value": [task("a")], "odata.nextLink": f"{server.url}/jobs/j/tasks?$skiptoken=2"}),
        Answer(200, {"value": [task("b")]}),
    ]

    views = list(batch.list_tasks("j", moment("2026-01-01T00:00:00Z"), started=True))

    assert [view.id for view in views] == ["a", "b"]
    first, second = server.requests
    assert first.query["$filter"] == (
        "state ne 'active' and stateTransitionTime ge DateTime'2026-01-01T00:00:00.000000Z'"
    )
    assert first.query["maxresults"] == "1000"
    assert second.query == {"$skiptoken": "2"}


def test_the_jobs_of_a_pool_are_those_that_may_still_run_something_there(server: Server, batch: AzureBatch) -> None:
    def job(name: str, state: str, pool: dict[str, str]) -> dict[str, object]:
        return {"id": name, "state": state, "poolInfo": pool}

    jobs = [
        job("a", "active", {"poolId": "P"}),
        job("b", "active", {"poolId": "q"}),
        job("c", "deleting", {"poolId": "p"}),
        job("d", "active", {}),
        job("e", "disabled", {"poolId": "p"}),
    ]
    server.answers = [Answer(200, {"value": jobs})]

    assert batch.list_jobs("p") == ["a", "e"]
    assert server.requests[0].query["$filter"] == "state ne 'completed'"


def test_a_list_is_not_followed_to_another_host(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(200, {"value": [], "odata.nextLink": "http://127.0.0.2:1/jobs"})]

    with pytest.raises(Refused):
        list(batch.list_tasks("j"))

    assert len(server.requests) == 1


def test_a_list_whose_next_page_has_no_address_is_not_understood(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(200, {"value": [], "odata.nextLink": "http://[::1/x"})]

    with pytest.raises(Unreachable):
        list(batch.list_tasks("j"))


def test_a_file_is_read_from_an_offset_in_bounded_pieces(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(200, b"data")]

    assert batch.read_task_file("j", "t", "wd/a b.txt", 5) == b"data"
    assert server.requests[0].path == "/jobs/j/tasks/t/files/wd/a b.txt"
    assert server.requests[0].headers["ocp-range"] == "bytes=5-1048580"


def test_reading_at_the_end_of_a_file_gives_nothing(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(416)]

    assert batch.read_task_file("j", "t", "stdout.txt", 5) == b""


def test_a_negative_offset_reads_the_end_of_a_file(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(200, headers={"Content-Length": "100"}), Answer(200, b"tail")]

    assert batch.read_node_file("p", "n", "startup/stderr.txt", -10) == b"tail"
    assert server.requests[1].headers["ocp-range"].startswith("bytes=90-")


def test_of_a_pool_that_was_made_for_the_job_its_execution_tells(server: Server, batch: AzureBatch) -> None:
    info = {"autoPoolSpecification": {"poolLifetimeOption": "job"}}
    job = {"id": "j", "state": "active", "poolInfo": info, "executionInfo": {"startTime": "2026-01-01T00:00:00Z"}}
    told = {**job, "executionInfo": {**job["executionInfo"], "poolId": "auto_1"}}  # type: ignore[dict-item]  # JSON
    server.answers = [Answer(200, job), Answer(200, told)]

    assert [batch.get_job("j").pool_id, batch.get_job("j").pool_id] == ["", "auto_1"]
