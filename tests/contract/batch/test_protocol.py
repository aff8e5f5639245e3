"""What all operations share: signatures, versions, errors, headers, verbs."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from azure.batch import BatchServiceClient, models

from batchspec.emulator.batch.operations import OPERATIONS
from tests.contract.batch.support import (
    VERSION,
    Target,
    Wire,
    code_of,
    connect,
    job_spec,
    pool_json,
    task_spec,
    unique,
)

NEW = "2025-06-01"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_wrong_key_is_refused(target: Target) -> None:
    client = connect(target, key="d3Jvbmc=")

    with pytest.raises(models.BatchErrorException) as refusal:
        client.job.get("any")
    client.close()

    assert (code_of(refusal), refusal.value.response.status_code) == ("AuthenticationFailed", 403)


def test_a_request_without_a_signature_or_with_a_token_is_refused(wire: Wire) -> None:
    assert refused(wire("GET", "/pools", signed=False)) == (403, "AuthenticationFailed")
    token = wire("GET", "/pools", signed=False, headers={"Authorization": "Bearer abc"})
    assert refused(token) == (403, "AuthenticationFailed")
    assert "shared key" in str(token.json()["values"])


def test_a_request_of_an_hour_ago_is_refused(wire: Wire) -> None:
    answer = wire("GET", "/pools", headers={"ocp-date": "Sun, 06 Nov 1994 08:49:37 GMT"})

    assert refused(answer) == (403, "AuthenticationFailed")


def test_a_host_that_is_not_loopback_is_refused(wire: Wire) -> None:
    assert refused(wire("GET", "/pools", headers={"Host": "evil.example"})) == (400, "InvalidHeaderValue")


@pytest.mark.parametrize("version", [VERSION, NEW])
def test_both_versions_are_spoken(wire: Wire, version: str) -> None:
    assert wire("GET", "/pools", version=version).status_code == 200


def test_other_versions_are_not(wire: Wire) -> None:
    assert refused(wire("GET", "/pools", version="2019-08-01.10.0")) == (400, "UnsupportedRequestVersion")
    assert refused(wire("GET", "/pools", version=None)) == (400, "MissingRequiredQueryParameter")


def test_query_names_are_read_in_any_letter_case(wire: Wire) -> None:
    answer = wire("GET", "/pools", version=NEW, query={"timeOut": "30", "maxResults": "1"})

    assert answer.status_code == 200


def test_an_unknown_query_parameter_is_refused(wire: Wire) -> None:
    assert refused(wire("GET", "/pools", query={"colour": "red"})) == (400, "UnsupportedQueryParameter")


def test_unknown_paths_and_verbs_are_refused(wire: Wire) -> None:
    assert refused(wire("GET", "/nothing/here")) == (400, "InvalidUri")
    assert refused(wire("PUT", "/pools")) == (405, "UnsupportedHttpVerb")


def test_an_error_has_the_services_body(wire: Wire) -> None:
    answer = wire("GET", "/jobs/nowhere")

    body = answer.json()
    assert refused(answer) == (404, "JobNotFound")
    assert body["odata.metadata"].startswith(f"{wire.target.url}/$metadata#Microsoft.Azure.Batch")
    text, request_id, moment = body["message"]["value"].split("\n")
    assert text == "The specified job does not exist."
    assert request_id == f"RequestId:{answer.headers['request-id']}"
    assert re.fullmatch(r"Time:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", moment)


def test_an_answer_has_the_services_headers(wire: Wire) -> None:
    mine = str(uuid.uuid4())
    silent = wire("GET", "/pools", headers={"client-request-id": mine})
    echoed = wire("GET", "/pools", headers={"client-request-id": mine, "return-client-request-id": "true"})

    assert silent.headers["Content-Type"] == "application/json;odata=minimalmetadata"
    assert silent.headers["DataServiceVersion"] == "3.0"
    assert UUID.fullmatch(silent.headers["request-id"])
    assert "client-request-id" not in silent.headers
    assert echoed.headers["client-request-id"] == mine
    assert "ETag" not in silent.headers


def test_an_added_resource_says_where_it_is_and_its_etag(wire: Wire) -> None:
    pool = unique("pool")
    added = wire("POST", "/pools", body=pool_json(pool))
    got = wire("GET", f"/pools/{pool}")

    assert (added.status_code, added.content) == (201, b"")
    assert "Content-Type" not in added.headers
    assert added.headers["Location"] == added.headers["DataServiceId"] == f"{wire.target.url}/pools/{pool}"
    assert re.fullmatch("0x8D[0-9A-F]{13}", added.headers["ETag"])
    assert got.headers["ETag"] == got.json()["eTag"]
    assert "DataServiceId" not in got.headers


def test_a_copy_that_is_current_is_not_sent_again(wire: Wire) -> None:
    pool = unique("pool")
    etag = wire("POST", "/pools", body=pool_json(pool)).headers["ETag"]

    answer = wire("GET", f"/pools/{pool}", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")


REFUSED_BODIES: dict[str, tuple[Any, str]] = {
    "no JSON": (b"{", "InvalidRequestBody"),
    "an unknown member": (pool_json("p", colour="red"), "InvalidRequestBody"),
    "a missing member": ({"id": "p"}, "MissingRequiredProperty"),
    "a value out of range": (pool_json("p", taskSlotsPerNode=257), "InvalidPropertyValue"),
    "an id that is none": (pool_json("p p"), "InvalidPropertyValue"),
    "what is not honoured": (pool_json("p", mountConfiguration=[{}]), "UnsupportedProperty"),
}


@pytest.mark.parametrize("case", REFUSED_BODIES)
def test_a_body_that_does_not_fit_is_refused(wire: Wire, case: str) -> None:
    body, code = REFUSED_BODIES[case]

    assert refused(wire("POST", "/pools", body=body)) == (400, code)


def test_a_member_of_the_older_version_is_refused_under_the_newer(wire: Wire) -> None:
    body = pool_json(unique("pool"), targetNodeCommunicationMode="simplified")

    assert refused(wire("POST", "/pools", body=body, version=NEW)) == (400, "UnsupportedProperty")
    assert wire("POST", "/pools", body=body).status_code == 201
    assert "targetNodeCommunicationMode" not in wire("GET", f"/pools/{body['id']}", version=NEW).json()


def test_a_body_beyond_a_mebibyte_is_too_large(wire: Wire, client: BatchServiceClient) -> None:
    job = unique("job")
    client.job.add(job_spec(job, "no-pool-yet"))
    task = {"id": "t", "commandLine": "x" * (1024 * 1024)}

    assert refused(wire("POST", f"/jobs/{job}/addtaskcollection", body={"value": [task]})) == (
        413,
        "RequestBodyTooLarge",
    )


def test_a_collection_has_a_hundred_tasks_at_most(wire: Wire, client: BatchServiceClient) -> None:
    job = unique("job")
    client.job.add(job_spec(job, "no-pool-yet"))
    body = {"value": [{"id": f"t{n}", "commandLine": "x"} for n in range(101)]}

    assert refused(wire("POST", f"/jobs/{job}/addtaskcollection", body=body)) == (400, "InvalidPropertyValue")


def test_the_newer_version_alone_terminates_with_force(wire: Wire, client: BatchServiceClient) -> None:
    job = unique("job")
    client.job.add(job_spec(job, "no-pool-yet"))
    client.task.add(job, task_spec("t"))

    force = {"force": "true"}
    assert refused(wire("POST", f"/jobs/{job}/terminate", query=force)) == (400, "UnsupportedQueryParameter")
    assert wire("POST", f"/jobs/{job}/terminate", version=NEW, query=force).status_code == 202


@pytest.mark.parametrize("row", [row for row in OPERATIONS if row.handler is None], ids=lambda row: row.name)
def test_an_operation_that_is_not_served_says_so_by_name(wire: Wire, row: Any) -> None:
    answer = wire(row.method, re.sub(r"\{\w+\}", "x", row.path), version=row.versions[0])

    assert answer.status_code == 501
    if row.method != "HEAD":
        assert answer.json()["code"] == "OperationNotImplemented"
        assert row.name in answer.json()["message"]["value"]
