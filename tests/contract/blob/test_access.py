"""Who may do what: the account's key, service and account SAS as the SDK signs them, and everybody else."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import (
    BlobClient,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)

from tests.support.blob_service import Service, error_code

LATER = timedelta(hours=1)


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture
def blob(container: ContainerClient) -> BlobClient:
    return container.upload_blob("in/a.txt", b"abc")


class Signer:
    """SAS tokens for one blob and its container, good for an hour unless told otherwise."""

    def __init__(self, service: Service, blob: BlobClient) -> None:
        self.service, self.blob = service, blob

    def of_blob(self, permission: str, **changes: Any) -> str:
        given = {"container": self.blob.container_name, "key": self.service.account.key_base64, **changes}
        return generate_blob_sas(
            self.service.account.name,
            given.pop("container"),
            given.pop("name", self.blob.blob_name),
            account_key=given.pop("key"),
            permission=permission,
            expiry=given.pop("expiry", utc_now() + LATER),
            **given,
        )

    def of_container(self, permission: str, **changes: Any) -> str:
        given = {"container": self.blob.container_name, "key": self.service.account.key_base64, **changes}
        return generate_container_sas(
            self.service.account.name,
            given.pop("container"),
            account_key=given.pop("key"),
            permission=permission,
            expiry=given.pop("expiry", utc_now() + LATER),
            **given,
        )

    def of_account(self, permission: str, **changes: Any) -> str:
        given = {"types": "sco", "expiry": utc_now() + LATER, **changes}
        return generate_account_sas(
            self.service.account.name,
            self.service.account.key_base64,
            given.pop("types"),
            permission,
            given.pop("expiry"),
            **given,
        )

    def with_token(self, token: str, name: str | None = None) -> BlobClient:
        return self.service.client(token).get_blob_client(self.blob.container_name, name or self.blob.blob_name)


@pytest.fixture
def sas(service: Service, blob: BlobClient) -> Signer:
    return Signer(service, blob)


def refusal(attempt: Callable[[], object]) -> tuple[int | None, object]:
    with pytest.raises(HttpResponseError) as refused:
        attempt()
    return refused.value.status_code, error_code(refused)


def test_a_wrong_key_opens_nothing(service: Service, container: ContainerClient) -> None:
    wrong = service.client(base64.b64encode(b"x" * 64).decode()).get_container_client(container.container_name)

    with pytest.raises(ClientAuthenticationError) as refused:
        wrong.get_container_properties()

    assert (refused.value.status_code, error_code(refused)) == (403, "AuthenticationFailed")


def test_another_account_is_refused(service: Service) -> None:
    other = {"account_name": "other", "account_key": service.account.key_base64}
    with BlobServiceClient(service.url, other, retry_total=0) as client:
        assert refusal(client.get_service_properties) == (403, "AuthenticationFailed")


def test_nobody_is_asked_who_they_are(blob: BlobClient) -> None:
    with BlobClient.from_blob_url(blob.url, retry_total=0) as anonymous:
        assert refusal(anonymous.download_blob) == (401, "NoAuthenticationInformation")


def test_only_loopback_names_are_served(service: Service) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(service.account.base_url.rpartition(":")[2]))
    connection.request("GET", "/batchspec?comp=list", headers={"Host": "evil.example"})
    answer = connection.getresponse()
    connection.close()

    assert (answer.status, answer.headers["x-ms-error-code"]) == (400, "InvalidHeaderValue")


def test_metadata_names_sort_as_the_service_sorts_them(container: ContainerClient) -> None:
    # by words: "_" before digits, digits before letters, which is not the order of ASCII
    metadata = {"a_b": "1", "a1": "2", "ab": "3", "a": "4"}

    assert container.upload_blob("sorted", b"", metadata=metadata).get_blob_properties().metadata == metadata


@pytest.mark.parametrize("version", ["2019-02-02", "2020-12-06", "2023-11-03", "2026-02-06"])
def test_each_version_of_the_api_is_answered_in_kind(service: Service, blob: BlobClient, version: str) -> None:
    versions: list[str] = []
    key = service.account.key_base64
    with BlobClient.from_blob_url(blob.url, key, api_version=version, retry_total=0) as reader:
        reader.get_blob_properties(
            raw_response_hook=lambda answer: versions.append(answer.http_response.headers["x-ms-version"])
        )

    assert versions == [version]


def test_a_blob_sas_reads_its_blob_and_no_other(sas: Signer, container: ContainerClient) -> None:
    container.upload_blob("in/b.txt", b"b")
    token = sas.of_blob("r")

    assert sas.with_token(token).download_blob().readall() == b"abc"
    assert refusal(sas.with_token(token, "in/b.txt").download_blob) == (403, "AuthenticationFailed")


@pytest.mark.parametrize("name", ["a b.txt", "über/größe.json", "100%", "a%2Fb", "a+b"])
def test_a_sas_covers_names_that_need_encoding(sas: Signer, container: ContainerClient, name: str) -> None:
    container.upload_blob(name, b"x")

    assert sas.with_token(sas.of_blob("r", name=name), name).download_blob().readall() == b"x"


def test_a_container_sas_covers_its_blobs_and_its_list(sas: Signer, service: Service) -> None:
    token = sas.of_container("rl")
    listed = service.client(token).get_container_client(sas.blob.container_name).list_blob_names()

    assert list(listed) == ["in/a.txt"]
    assert sas.with_token(token).download_blob().readall() == b"abc"


def test_a_container_sas_for_another_container_is_refused(sas: Signer) -> None:
    token = sas.of_container("r", container="elsewhere")

    assert refusal(sas.with_token(token).download_blob) == (403, "AuthenticationFailed")


def test_a_token_with_a_wrong_signature_is_refused(sas: Signer) -> None:
    token = sas.of_blob("r", key=base64.b64encode(b"x" * 64).decode())

    assert refusal(sas.with_token(token).download_blob) == (403, "AuthenticationFailed")


def test_a_changed_token_is_refused(sas: Signer) -> None:
    token = sas.of_blob("r").replace("sp=r", "sp=rw")

    assert refusal(sas.with_token(token).download_blob) == (403, "AuthenticationFailed")


@pytest.mark.parametrize(("start", "expiry"), [(-7200, -3600), (3600, 7200)], ids=["expired", "not yet valid"])
def test_a_token_out_of_its_time_is_refused(sas: Signer, start: int, expiry: int) -> None:
    now = utc_now()
    token = sas.of_blob("r", start=now + timedelta(seconds=start), expiry=now + timedelta(seconds=expiry))

    assert refusal(sas.with_token(token).download_blob) == (403, "AuthenticationFailed")


MISMATCH = (403, "AuthorizationPermissionMismatch")
ATTEMPTS: dict[str, tuple[str, Callable[[BlobClient], object]]] = {
    "read": ("r", lambda blob: blob.download_blob()),
    "properties": ("r", lambda blob: blob.get_blob_properties()),
    "block list": ("r", lambda blob: blob.get_block_list()),
    "write": ("w", lambda blob: blob.upload_blob(b"new", overwrite=True)),
    "stage": ("w", lambda blob: blob.stage_block("a", b"a")),
    "metadata": ("w", lambda blob: blob.set_blob_metadata({"a": "b"})),
    "delete": ("d", lambda blob: blob.delete_blob()),
}


@pytest.mark.parametrize("name", ATTEMPTS)
@pytest.mark.parametrize("kind", ["blob", "container", "account"])
def test_each_operation_needs_its_permission(sas: Signer, kind: str, name: str) -> None:
    needed, attempt = ATTEMPTS[name]
    sign = {"blob": sas.of_blob, "container": sas.of_container, "account": sas.of_account}[kind]
    others = "".join(sorted(set("rwd") - {needed}, key="rwd".index))

    refused = refusal(lambda: attempt(sas.with_token(sign(others))))
    attempt(sas.with_token(sign(needed)))

    # an answer to HEAD has no body, and then the SDK knows the code from the header
    assert refused == MISMATCH


def test_create_permission_makes_a_blob_and_replaces_none(sas: Signer) -> None:
    token = sas.of_container("c")
    sas.with_token(token, "new").upload_blob(b"1")

    again = refusal(lambda: sas.with_token(token, "new").upload_blob(b"2", overwrite=True))

    assert again == (403, "UnauthorizedBlobOverwrite")


def test_a_service_sas_makes_no_container(sas: Signer, service: Service) -> None:
    token = sas.of_container("rwdl", container="brandnew")

    attempt = service.client(token).get_container_client("brandnew").create_container

    assert refusal(attempt) == MISMATCH


def test_an_account_sas_works_on_the_kinds_it_names(sas: Signer, service: Service) -> None:
    objects_only = service.client(sas.of_account("rl", types="o"))

    assert refusal(lambda: list(objects_only.list_containers())) == (403, "AuthorizationResourceTypeMismatch")
    assert sas.blob.container_name in [item.name for item in service.client(sas.of_account("l")).list_containers()]


def test_a_token_for_https_does_not_work_here(sas: Signer) -> None:
    assert refusal(sas.with_token(sas.of_blob("r", protocol="https")).download_blob) == (
        403,
        "AuthorizationProtocolMismatch",
    )
    assert sas.with_token(sas.of_blob("r", protocol="https,http")).exists()


def test_a_token_works_from_its_addresses_only(sas: Signer) -> None:
    elsewhere = sas.of_blob("r", ip="10.0.0.1-10.0.0.9")

    assert refusal(sas.with_token(elsewhere).download_blob) == (403, "AuthorizationSourceIPMismatch")
    assert sas.with_token(sas.of_blob("r", ip="127.0.0.1")).exists()


@pytest.mark.parametrize(
    "option",
    [{"policy_id": "stored"}, {"encryption_scope": "mine"}, {"snapshot": "2026-01-01T00:00:00.0000000Z"}],
    ids=lambda option: next(iter(option)),
)
def test_what_a_token_needs_and_is_not_here_is_refused(sas: Signer, option: dict[str, str]) -> None:
    assert refusal(sas.with_token(sas.of_blob("r", **option)).download_blob) == (403, "AuthenticationFailed")


def test_a_sas_may_set_response_headers(sas: Signer) -> None:
    token = sas.of_blob("r", content_type="text/csv", content_disposition="attachment")

    found = sas.with_token(token).get_blob_properties().content_settings

    assert (found.content_type, found.content_disposition) == ("text/csv", "attachment")


def test_permissions_may_come_as_the_sdk_writes_them(sas: Signer) -> None:
    token = sas.of_blob(BlobSasPermissions(read=True, write=True, create=True))  # type: ignore[arg-type]  # its str() is the text

    assert sas.with_token(token).download_blob().readall() == b"abc"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "snow \u2603", "\x00", "\x85"])
@pytest.mark.parametrize("name", ["content_disposition", "content_type", "cache_control"])
def test_a_header_that_a_token_sets_must_be_one(service: Service, blob: BlobClient, name: str, value: str) -> None:
    signer = Signer(service, blob)

    with pytest.raises(HttpResponseError) as refused:
        signer.with_token(signer.of_blob("r", **{name: value})).download_blob()

    assert (refused.value.status_code, error_code(refused)) == (400, "InvalidQueryParameterValue")


def test_a_header_that_a_token_sets_may_be_of_latin_1(service: Service, blob: BlobClient) -> None:
    signer = Signer(service, blob)

    found = signer.with_token(signer.of_blob("r", content_disposition='inline; filename="café"')).get_blob_properties()

    assert found.content_settings.content_disposition == 'inline; filename="café"'
