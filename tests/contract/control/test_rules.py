"""Which requests a fault is for, and what the log tells of them."""

from __future__ import annotations

import pytest
import requests
from azure.batch import BatchServiceClient
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient
from hypothesis import given, settings, strategies as st

from tests.contract.batch.support import unique
from tests.support.control import Control
from tests.support.emulator import Emulator


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 8), st.integers(1, 8))
def test_the_kth_request_fails_and_only_it(emulator: Emulator, k: int, amount: int) -> None:
    control = emulator.control
    control.faults({"service": "batch", "nth": k, "kind": "503"})

    with requests.Session() as session:
        session.trust_env = False
        answers = [session.get(f"{emulator.url}/pools", timeout=30).status_code for _ in range(amount)]

    assert answers == [503 if n == k else 403 for n in range(1, amount + 1)]  # 403: they are not signed
    assert [entry["number"] for entry in control.requests()] == list(range(1, amount + 1))
    assert [entry["status"] for entry in control.requests()] == answers
    assert control.fired() == [int(k <= amount)]
    control.clear()


def test_a_rule_is_for_one_service_one_method_and_paths_that_fit(
    emulator: Emulator, batch: BatchServiceClient, blobs: BlobServiceClient, control: Control
) -> None:
    container = unique("container")
    control.faults({"service": "blob", "path": rf"^/{emulator.account}/{container}$", "method": "PUT", "kind": "503"})

    assert not batch.pool.exists(container)
    assert not blobs.get_container_client(container).exists()
    with pytest.raises(HttpResponseError):
        blobs.create_container(container)

    assert control.fired() == [1]
    seen = [(entry["method"], entry["path"], entry["status"]) for entry in control.requests()]
    assert seen == [
        ("HEAD", f"/pools/{container}", 404),
        ("GET", f"/{emulator.account}/{container}", 404),
        ("PUT", f"/{emulator.account}/{container}", 503),
    ]


def test_no_path_of_the_log_holds_a_query(emulator: Emulator, control: Control) -> None:
    requests.get(f"{emulator.storage_url}/c/b?sig=secret", timeout=30, proxies={"http": ""})

    assert "secret" not in str(control.call("GET", "faults"))
