"""The adapter on the wire: what it sends, and what it makes of odd answers."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from azure.batch.models import (
    JobAddParameter,
    PoolAddParameter,
    PoolInformation,
    TaskAddParameter,
    VirtualMachineConfiguration,
)

from batchspec.compiler.extended import sdk_model
from batchspec.errors import Busy, NotFound, Refused, ServiceError, Unreachable, UsageError
from batchspec.service.account import Account, from_environment
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from batchspec.service.views import moment

KEY = base64.b64encode(b"secret").decode()


@dataclass
class Answer:
    """What the server says to the next request; cut: it hangs up after the head."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class Server:
    """Says what it was told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[Request] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                outer.requests.append(
                    Request(
                        self.command,
                        unquote(parts.path),
                        query,
                        dict(self.headers),
                        json.loads(body) if body else None,
                    )
                )
                answer = outer.answers.pop(0)
                if answer.hang_up:
                    self.close_connection = True
                    return
                data = answer.body if isinstance(answer.body, bytes) else b""
                if answer.body is not None and not data:
                    data = json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(data)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815  # as http.server names them

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


@pytest.fixture
def batch(server: Server) -> Iterator[AzureBatch]:
    with closing(AzureBatch(Account("azure", "test", "acct", server.url, KEY))) as made:
        yield made


CALLS: dict[str, Callable[[AzureBatch], object]] = {
    "get_pool": lambda batch: batch.get_pool("p"),
    "add_pool": lambda batch: batch.add_pool(PoolAddParameter(id="p", vm_size="standard_d2s_v5")),
    "delete_pool": lambda batch: batch.delete_pool("p"),
    "resize_pool": lambda batch: batch.resize_pool("p", 1, 0),
    "list_nodes": lambda batch: batch.list_nodes("p"),
    "reboot_node": lambda batch: batch.reboot_node("p", "n"),
    "get_job": lambda batch: batch.get_job("j"),
    "add_job": lambda batch: batch.add_job(JobAddParameter(id="j", pool_info=PoolInformation(pool_id="p"))),
    "arm_job": lambda batch: batch.arm_job("j"),
    "terminate_job": lambda batch: batch.terminate_job("j", "why"),
    "delete_job": lambda batch: batch.delete_job("j"),
    "list_jobs": lambda batch: batch.list_jobs("p"),
    "add_tasks": lambda batch: batch.add_tasks("j", [TaskAddParameter(id="a", command_line="x")]),
    "count_tasks": lambda batch: batch.count_tasks("j"),
    "list_tasks": lambda batch: list(batch.list_tasks("j")),
    "get_task": lambda batch: batch.get_task("j", "t"),
    "list_preparations": lambda batch: batch.list_preparations("j"),
    "task_file_size": lambda batch: batch.task_file_size("j", "t", "stdout.txt"),
    "read_task_file": lambda batch: batch.read_task_file("j", "t", "stdout.txt", 0),
    "read_node_file": lambda batch: batch.read_node_file("p", "n", "startup/stderr.txt", 0),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_method_is_one_signed_request_of_our_version_and_is_not_retried(
    server: Server, batch: AzureBatch, call: Callable[[AzureBatch], object]
) -> None:
    server.answers = [Answer(503, b"<html>busy</html>", {"Retry-After": "9"})]

    with pytest.raises(Busy) as caught:
        call(batch)

    (request,) = server.requests
    assert caught.value.retry_after == 9.0
    assert request.query["api-version"] == "2025-06-01"
    assert request.headers["Authorization"].startswith("SharedKey acct:")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_connection_that_ends_without_an_answer_is_told_and_not_retried(
    server: Server, batch: AzureBatch, call: Callable[[AzureBatch], object]
) -> None:
    server.answers = [Answer(hang_up=True)]

    with pytest.raises(Unreachable):
        call(batch)

    assert len(server.requests) == 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_redirect_is_not_followed(server: Server, batch: AzureBatch, call: Callable[[AzureBatch], object]) -> None:
    server.answers = [Answer(307, headers={"Location": f"{server.url}/elsewhere"})]

    with pytest.raises(Refused):
        call(batch)

    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b"{}", b'{"value": [{}]}'])
@pytest.mark.parametrize(
    "name", ["get_job", "count_tasks", "list_tasks", "get_task", "add_tasks", "list_nodes", "list_jobs"]
)
def test_an_answer_that_makes_no_sense_is_an_error_of_the_service(
    server: Server, batch: AzureBatch, name: str, body: bytes
) -> None:
    server.answers = [Answer(200, body)]

    with pytest.raises(ServiceError):
        CALLS[name](batch)


def test_tasks_go_in_with_one_request_and_every_result_is_read(server: Server, batch: AzureBatch) -> None:
    error = {"code": "TaskExists", "message": {"value": "there"}}
    server.answers = [
        Answer(
            200,
            {
                "value": [
                    {"taskId": "b", "status": "ClientError", "error": error},
                    {"taskId": "a", "status": "Success"},
                ]
            },
        )
    ]

    results = batch.add_tasks("j", [TaskAddParameter(id=name, command_line="x") for name in "ab"])

    assert [(result.task_id, result.status) for result in results] == [("b", "clienterror"), ("a", "success")]
    assert server.requests[0].path == "/jobs/j/addtaskcollection"
    assert server.requests[0].body == {"value": [{"id": "a", "commandLine": "x"}, {"id": "b", "commandLine": "x"}]}


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


CONDITIONAL: dict[str, Callable[[AzureBatch, str | None], None]] = {
    "delete_pool": lambda batch, etag: batch.delete_pool("x", etag),
    "delete_job": lambda batch, etag: batch.delete_job("x", etag),
    "delete_schedule": lambda batch, etag: batch.delete_schedule("x", etag),
    "patch_pool": lambda batch, etag: batch.patch_pool("x", {}, etag),
    "patch_job": lambda batch, etag: batch.patch_job("x", {}, etag),
    "patch_schedule": lambda batch, etag: batch.patch_schedule("x", {}, etag),
}


@pytest.mark.parametrize("call", CONDITIONAL.values(), ids=CONDITIONAL)
def test_what_was_seen_is_only_changed_as_it_was_seen(
    server: Server, batch: AzureBatch, call: Callable[[AzureBatch, str | None], None]
) -> None:
    server.answers = [Answer(202), Answer(202)]

    call(batch, "0x8D")
    call(batch, None)

    assert [request.headers.get("If-Match") for request in server.requests] == ["0x8D", None]


def test_a_list_is_not_followed_to_another_host(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(200, {"value": [], "odata.nextLink": "http://127.0.0.2:1/jobs"})]

    with pytest.raises(Refused):
        list(batch.list_tasks("j"))

    assert len(server.requests) == 1


def test_a_list_whose_next_page_has_no_address_is_not_understood(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(200, {"value": [], "odata.nextLink": "http://[::1/x"})]

    with pytest.raises(Unreachable):
        list(batch.list_tasks("j"))


NO_ADDRESSES = ["http://[::1/x", "http://a..b", "http://a b", "http://" + "a" * 70, "http://*", "http://[zz]", "x"]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_an_address_that_is_none_is_told_and_nothing_else(url: str) -> None:
    variables = {
        "AZURE_BATCH_ACCOUNT_NAME": "acct",
        "AZURE_BATCH_ACCOUNT_KEY": KEY,
        "AZURE_BATCH_ACCOUNT_URL": url,
        "AZURE_STORAGE_CONNECTION_STRING": f"AccountName=st;AccountKey={KEY};BlobEndpoint={url}",
    }
    good = {**variables, "AZURE_BATCH_ACCOUNT_URL": "http://127.0.0.1:1"}

    with pytest.raises((UsageError, Unreachable)), closing(AzureBatch(from_environment(variables, "azure"))) as made:
        made.get_pool("p")
    with pytest.raises((UsageError, Unreachable)), closing(AzureBlob(from_environment(good, "azure"))) as stored:
        stored.ensure_container("c")


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


def test_a_missing_object_is_not_found_with_the_services_code(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(404, {"code": "JobNotFound", "message": {"value": "no"}})]

    with pytest.raises(NotFound) as caught:
        batch.get_job("j")

    assert caught.value.code == "JobNotFound"


@pytest.mark.parametrize("version", ["2024-02-01.19.0", "2025-06-01"])
def test_every_request_carries_the_version_that_was_chosen(server: Server, version: str) -> None:
    server.answers = [Answer(404)] * len(CALLS)

    with closing(AzureBatch(Account("azure", "test", "acct", server.url, KEY), version)) as batch:
        for call in CALLS.values():
            with pytest.raises(NotFound):
                call(batch)

    assert [request.query["api-version"] for request in server.requests] == [version] * len(CALLS)


def test_fields_that_only_one_version_has_are_sent(server: Server, batch: AzureBatch) -> None:
    reference = sdk_model("ImageReference")(community_gallery_image_id="/CommunityGalleries/g/Images/i")
    machines = VirtualMachineConfiguration(image_reference=reference, node_agent_sku_id="batch.node.ubuntu 24.04")
    server.answers = [Answer(201)]

    batch.add_pool(PoolAddParameter(id="p", vm_size="standard_d2s_v5", virtual_machine_configuration=machines))

    sent = server.requests[0].body["virtualMachineConfiguration"]["imageReference"]
    assert sent == {"communityGalleryImageId": "/CommunityGalleries/g/Images/i"}


def test_a_pool_is_resized_to_both_kinds_of_nodes(server: Server, batch: AzureBatch) -> None:
    server.answers = [Answer(202)]

    batch.resize_pool("p", 0, 3)

    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/pools/p/resize")
    assert request.body == {"targetDedicatedNodes": 0, "targetLowPriorityNodes": 3}


def test_of_a_pool_that_was_made_for_the_job_its_execution_tells(server: Server, batch: AzureBatch) -> None:
    info = {"autoPoolSpecification": {"poolLifetimeOption": "job"}}
    job = {"id": "j", "state": "active", "poolInfo": info, "executionInfo": {"startTime": "2026-01-01T00:00:00Z"}}
    told = {**job, "executionInfo": {**job["executionInfo"], "poolId": "auto_1"}}  # type: ignore[dict-item]  # JSON
    server.answers = [Answer(200, job), Answer(200, told)]

    assert [batch.get_job("j").pool_id, batch.get_job("j").pool_id] == ["", "auto_1"]
