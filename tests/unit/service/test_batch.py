"""The adapter on the wire: what it sends, and what it makes of odd answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

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
from tests.unit.service.server import KEY, Answer, Server

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
