"""What the local service does not do, it says."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient, BlobServiceClient, ContainerClient, StandardBlobTier, generate_container_sas

from batchspec.emulator.blob.contents import Receipt
from tests.support.blob_service import Service, error_code

ON_BLOB: dict[str, Callable[[BlobClient], object]] = {
    "append blob": lambda blob: blob.create_append_blob(),
    "append": lambda blob: blob.append_block(b"x"),
    "page blob": lambda blob: blob.create_page_blob(512),
    "copy": lambda blob: blob.start_copy_from_url(blob.url),
    "put from url": lambda blob: blob.upload_blob_from_url(blob.url, overwrite=True),
    "block from url": lambda blob: blob.stage_block_from_url("a", blob.url),
    "snapshot": lambda blob: blob.create_snapshot(),
    "undelete": lambda blob: blob.undelete_blob(),
    "tier": lambda blob: blob.set_standard_blob_tier(StandardBlobTier.COOL),
    "tags": lambda blob: blob.set_blob_tags({"a": "b"}),
    "read tags": lambda blob: blob.get_blob_tags(),
    "query": lambda blob: blob.query_blob("SELECT * from BlobStorage"),
    "account": lambda blob: blob.get_account_information(),
    "lease": lambda blob: blob.acquire_lease(),
    "only snapshots": lambda blob: blob.delete_blob(delete_snapshots="only"),
}

ON_CONTAINER: dict[str, Callable[[ContainerClient], object]] = {
    "policy": lambda container: container.get_container_access_policy(),
    "set policy": lambda container: container.set_container_access_policy({}),
    "lease": lambda container: container.acquire_lease(),
    "batch": lambda container: container.delete_blobs("a", "b"),
    "tags": lambda container: list(container.find_blobs_by_tags("a='b'")),
}


@pytest.mark.parametrize("name", ON_BLOB)
def test_an_operation_on_a_blob_that_is_not_here_is_refused_by_name(container: ContainerClient, name: str) -> None:
    blob = container.upload_blob("x", b"kept")

    with pytest.raises(HttpResponseError) as refused:
        ON_BLOB[name](blob)

    assert (refused.value.status_code, error_code(refused)) == (501, "NotImplemented")
    assert blob.download_blob().readall() == b"kept"


@pytest.mark.parametrize("name", ON_CONTAINER)
def test_an_operation_on_a_container_that_is_not_here_is_refused_by_name(container: ContainerClient, name: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        ON_CONTAINER[name](container)

    assert (refused.value.status_code, error_code(refused)) == (501, "NotImplemented")


@pytest.mark.parametrize(
    "option",
    [{"standard_blob_tier": StandardBlobTier.COOL}, {"tags": {"a": "b"}}, {"legal_hold": True}],
    ids=lambda option: next(iter(option)),
)
def test_an_option_that_would_be_lost_is_refused(container: ContainerClient, option: dict[str, Any]) -> None:
    with pytest.raises(HttpResponseError) as refused:
        container.upload_blob("x", b"x", **option)

    assert (refused.value.status_code, error_code(refused)) == (400, "UnsupportedHeader")
    assert list(container.list_blob_names()) == []


def test_a_lease_id_where_there_is_no_lease_is_refused_as_the_service_does(container: ContainerClient) -> None:
    blob = container.upload_blob("x", b"x")

    with pytest.raises(HttpResponseError) as refused:
        blob.delete_blob(lease="11111111-1111-1111-1111-111111111111")

    assert error_code(refused) == "LeaseNotPresentWithBlobOperation"


def test_a_public_container_is_refused(client: BlobServiceClient) -> None:
    with pytest.raises(HttpResponseError) as refused:
        client.create_container("public", public_access="blob")

    assert error_code(refused) == "UnsupportedHeader"


def test_an_unknown_parameter_is_refused(container: ContainerClient) -> None:
    with pytest.raises(HttpResponseError) as refused:
        container.get_blob_client("x").download_blob(params={"surprise": "1"})

    assert error_code(refused) == "UnsupportedQueryParameter"


def test_a_full_disk_is_said_and_leaves_nothing(
    service: Service, container: ContainerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Receipt, __: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = set((service.root / "blobs").iterdir())
    monkeypatch.setattr(Receipt, "write", full)

    with pytest.raises(HttpResponseError) as refused:
        container.upload_blob("x", b"x")

    assert (refused.value.status_code, error_code(refused)) == (507, "InsufficientStorage")
    assert set((service.root / "blobs").iterdir()) == before
    assert list(container.list_blob_names()) == []


def test_an_upload_that_breaks_off_leaves_nothing(service: Service, container: ContainerClient) -> None:
    account = service.account
    token = generate_container_sas(
        account.name, container.container_name, account.key_base64, permission="w", expiry="2999-01-01T00:00:00Z"
    )
    before = set((service.root / "blobs").iterdir())
    request = (
        f"PUT /{account.name}/{container.container_name}/cut?{token} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "x-ms-blob-type: BlockBlob\r\nContent-Length: 1000\r\n\r\nonly this"
    )
    with socket.create_connection(("127.0.0.1", int(account.base_url.rpartition(":")[2]))) as connection:
        connection.sendall(request.encode())
        deadline = time.monotonic() + 30
        while set((service.root / "blobs").iterdir()) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        begun = set((service.root / "blobs").iterdir()) - before
    while set((service.root / "blobs").iterdir()) != before and time.monotonic() < deadline:
        time.sleep(0.01)

    assert len(begun) == 1
    assert set((service.root / "blobs").iterdir()) == before
    assert list(container.list_blob_names()) == []
