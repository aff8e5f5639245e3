"""What the vendor's clients get for a fault on request, and what was done all the same."""

from __future__ import annotations

import pytest
import requests
from azure.batch import BatchServiceClient, models
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.storage.blob import BlobServiceClient
from msrest.exceptions import ClientRequestError
from requests import exceptions

from tests.contract.batch.support import pool_spec, unique
from tests.support.control import Control
from tests.support.emulator import Emulator


@pytest.mark.parametrize(("status", "code"), [(503, "ServerBusy"), (500, "InternalError"), (429, "TooManyRequests")])
def test_a_status_is_the_services_own_error_and_nothing_is_done(
    batch: BatchServiceClient, blobs: BlobServiceClient, control: Control, status: int, code: str
) -> None:
    pool, container = unique("pool"), unique("container")
    control.faults({"method": "POST", "kind": str(status), "retry_after": 7}, {"method": "PUT", "kind": status})

    with pytest.raises(models.BatchErrorException) as of_batch:
        batch.pool.add(pool_spec(pool))
    with pytest.raises(HttpResponseError) as of_blob:
        blobs.create_container(container)

    assert (of_batch.value.response.status_code, of_batch.value.error.code) == (status, code)
    assert of_batch.value.response.headers["Retry-After"] == "7"
    assert (of_blob.value.status_code, of_blob.value.error_code) == (status, code)  # type: ignore[attr-defined]
    control.clear()
    assert not batch.pool.exists(pool)
    assert not blobs.get_container_client(container).exists()


def test_a_status_may_have_another_code_and_message(batch: BatchServiceClient, control: Control) -> None:
    control.faults({"kind": "409", "code": "PoolQuotaReached", "message": "no more pools"})

    with pytest.raises(models.BatchErrorException) as refusal:
        batch.pool.add(pool_spec(unique("pool")))

    assert refusal.value.error.code == "PoolQuotaReached"
    assert refusal.value.error.message.value.startswith("no more pools\n")


def test_a_refused_upload_leaves_its_connection_usable(emulator: Emulator, control: Control) -> None:
    control.faults({"kind": "503", "nth": 1})
    with requests.Session() as session:
        session.trust_env = False
        url = f"{emulator.storage_url}/c/b"

        answers = [session.put(url, data=b"x" * 3_000_000, timeout=30).status_code for _ in range(2)]

    assert answers == [503, 401]  # the second is not signed


BREAKS: dict[str, tuple[str, bool]] = {"reset": ("Connection reset by peer", False), "lost": ("without response", True)}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_connection_breaks_before_or_after_the_work(
    batch: BatchServiceClient, blobs: BlobServiceClient, control: Control, kind: str
) -> None:
    said, done = BREAKS[kind]
    pool, container = unique("pool"), unique("container")
    batch.pool.exists("any")  # both clients now have a connection that they keep
    blobs.get_container_client("any").exists()
    control.faults({"method": "POST", "kind": kind}, {"method": "PUT", "kind": kind})

    with pytest.raises((ClientRequestError, exceptions.ConnectionError), match=said):
        batch.pool.add(pool_spec(pool))
    with pytest.raises((ServiceRequestError, ServiceResponseError), match=said):
        blobs.create_container(container)

    statuses = [(entry["service"], entry["fault"], entry["status"]) for entry in control.requests()]
    made = 201 if done else None
    assert statuses == [("batch", kind, made), ("blob", kind, made)]
    control.clear()
    assert batch.pool.exists(pool) is done
    assert blobs.get_container_client(container).exists() is done


def test_a_request_that_is_not_answered_ends_with_the_clients_patience(emulator: Emulator, control: Control) -> None:
    control.faults({"kind": "timeout"})

    with pytest.raises(exceptions.ReadTimeout):
        requests.get(f"{emulator.url}/pools", timeout=0.2, proxies={"http": ""})

    assert [entry["status"] for entry in control.requests()] == [None]


def test_a_delayed_request_is_carried_out(batch: BatchServiceClient, control: Control) -> None:
    pool = unique("pool")
    control.faults({"method": "POST", "kind": "delay", "seconds": 0.3})

    answer = batch.pool.add(pool_spec(pool), raw=True)

    assert answer.response.elapsed.total_seconds() >= 0.3
    assert batch.pool.exists(pool)


def test_a_slow_body_is_whole(blobs: BlobServiceClient, control: Control) -> None:
    container = blobs.create_container(unique("container"))
    content = bytes(range(256)) * 100
    container.upload_blob("b", content)
    control.faults({"method": "GET", "kind": "slow", "seconds": 0.1})

    assert container.download_blob("b").readall() == content
    assert control.fired() == [1]
