"""Put Blob without a connection: what the service's own process puts is what a request would have put."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from azure.storage.blob import generate_account_sas, generate_blob_sas, generate_container_sas

from batchspec.emulator.blob.app import BlobService, utc_now
from batchspec.emulator.blob.store import BlobStore
from batchspec.emulator.wire.account import Account
from tests.support.blob_service import listening, served

HEADERS = {"x-ms-version": "2021-08-06", "x-ms-blob-type": "BlockBlob", "content-type": "text/plain"}
VARYING = frozenset({"etag", "last-modified", "x-ms-creation-time", "x-ms-request-id", "date"})
LATER = timedelta(hours=1)


@dataclass(frozen=True)
class Both:
    """The two ways to one store: by a call on this thread, and over HTTP."""

    service: BlobService
    account: Account
    port: int

    def url(self, name: str, sas: str, container: str = "c") -> str:
        return f"{self.account.base_url}/{self.account.name}/{container}/{quote(name)}?{sas}"

    async def request(self, method: str, url: str, headers: dict[str, str], body: bytes = b"") -> tuple[Any, ...]:
        """Status, headers and body of the answer."""

        def ask() -> tuple[Any, ...]:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            with contextlib.closing(connection):
                connection.request(method, url.removeprefix(self.account.base_url), body, headers)
                answer = connection.getresponse()
                return answer.status, dict(answer.getheaders()), answer.read()

        return await asyncio.to_thread(ask)

    def sas(self, permission: str = "racwl", container: str = "c", ends: timedelta = LATER, key: str = "") -> str:
        return generate_container_sas(
            self.account.name, container, account_key=key or self.account.key_base64, permission=permission,
            expiry=datetime.now(timezone.utc) + ends,
        )  # fmt: skip


@contextlib.asynccontextmanager
async def both(root: Path) -> AsyncIterator[Both]:
    with contextlib.closing(BlobStore(root, utc_now)) as store:
        listener, account = listening()
        service = BlobService(store, account)
        store.create_container("c", {})
        server = served(service)
        running = asyncio.create_task(server.serve([listener]))
        try:
            yield Both(service, account, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await running


def run(root: Path, test: Callable[[Both], Awaitable[None]]) -> None:
    async def main() -> None:
        async with both(root) as ways:
            await test(ways)

    asyncio.run(main())


@pytest.mark.parametrize("data", [b"", b"hello", secrets.token_bytes(100_000)], ids=["empty", "small", "large"])
@pytest.mark.parametrize("name", ["a.txt", "in/ä b+%.txt"])
def test_the_blob_is_that_of_a_request(tmp_path: Path, data: bytes, name: str) -> None:
    async def test(ways: Both) -> None:
        near, far = ways.url(f"near/{name}", ways.sas()), ways.url(f"far/{name}", ways.sas())

        assert ways.service.put(near, HEADERS, data)
        assert (await ways.request("PUT", far, HEADERS, data))[0] == 201

        read = [await ways.request("GET", url, {}) for url in (near, far)]
        shown = [{key: value for key, value in answer[1].items() if key not in VARYING} for answer in read]
        assert shown[0] == shown[1]
        assert [(answer[0], answer[2]) for answer in read] == [(200, data)] * 2
        assert read[0][1]["etag"] < read[1][1]["etag"]  # newer ones are greater, whichever way they came

    run(tmp_path, test)


def test_it_replaces_what_was_there_and_leaves_no_file_of_it(tmp_path: Path) -> None:
    async def test(ways: Both) -> None:
        url = ways.url("a", ways.sas())
        for data in (b"first", b"second", b""):
            assert ways.service.put(url, HEADERS, data)
            assert (await ways.request("GET", url, {}))[2] == data
        assert list((tmp_path / "blobs").iterdir()) == []

    run(tmp_path, test)


REFUSED: dict[str, tuple[Callable[[Both], str], int]] = {
    "it has expired": (lambda ways: ways.url("a", ways.sas(ends=-LATER)), 403),
    "it is signed with another key": (lambda ways: ways.url("a", ways.sas(key="d3Jvbmc=")), 403),
    "it may only read": (lambda ways: ways.url("a", ways.sas("r")), 403),
    "it is of another container": (lambda ways: ways.url("a", ways.sas(container="other")), 403),
    "it may make no second version": (lambda ways: ways.url("there", ways.sas("c")), 403),
    "it is of another blob": (
        lambda ways: ways.url("a", generate_blob_sas(
            ways.account.name, "c", "b", account_key=ways.account.key_base64, permission="cw",
            expiry=datetime.now(timezone.utc) + LATER,
        )),
        403,
    ),
    "it is good for containers only": (
        lambda ways: ways.url("a", generate_account_sas(
            ways.account.name, ways.account.key_base64, "c", "cw", datetime.now(timezone.utc) + LATER,
        )),
        403,
    ),
    "there is none": (lambda ways: ways.url("a", ""), 401),
    "there is no container": (lambda ways: ways.url("a", ways.sas(container="gone"), "gone"), 404),
    "it is a snapshot": (lambda ways: ways.url("a", ways.sas() + "&snapshot=2"), 501),
}  # fmt: skip


@pytest.mark.parametrize(("url", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_a_request_is_refused_is_refused_here(tmp_path: Path, url: Callable[[Both], str], status: int) -> None:
    async def test(ways: Both) -> None:
        there = ways.url("there", ways.sas())
        assert ways.service.put(there, HEADERS, b"kept")

        assert not ways.service.put(url(ways), HEADERS, b"x")
        assert (await ways.request("PUT", url(ways), HEADERS, b"x"))[0] == status

        assert (await ways.request("GET", there, {}))[2] == b"kept"
        listed = await ways.request(
            "GET", ways.url("", ways.sas("l") + "&restype=container&comp=list").replace("/?", "?"), {}
        )
        assert listed[2].count(b"<Name>") == 1
        assert len(list((tmp_path / "blobs").iterdir())) == 1

    run(tmp_path, test)


def test_a_sas_that_was_good_is_looked_at_again_each_time(tmp_path: Path) -> None:
    now = [datetime(2030, 1, 1, tzinfo=timezone.utc)]
    account = Account("batchspec", "a2V5", "http://127.0.0.1:1")
    sas = generate_container_sas("batchspec", "c", account_key="a2V5", permission="cw", expiry=now[0] + LATER)
    with contextlib.closing(BlobStore(tmp_path, utc_now)) as store:
        store.create_container("c", {})
        service = BlobService(store, account, lambda: now[0])
        url = f"http://127.0.0.1:1/batchspec/c/a?{sas}"

        assert service.put(url, HEADERS, b"x")
        now[0] += LATER
        assert not service.put(url, HEADERS, b"x")


ELSEWHERE = {
    "another port": "http://127.0.0.1:2/batchspec/c/a",
    "another account": "http://127.0.0.1:1/other/c/a",
    "another scheme": "https://127.0.0.1:1/batchspec/c/a",
    "a name that begins so": "http://127.0.0.1:1/batchspecs/c/a",
    "what a client encodes": "http://127.0.0.1:1/batchspec/c/ä",
    "a line break": "http://127.0.0.1:1/batchspec/c/a\r\nx",
}


@pytest.mark.parametrize("url", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_url_of_another_service_is_left_to_http(tmp_path: Path, url: str) -> None:
    with contextlib.closing(BlobStore(tmp_path, utc_now)) as store:
        store.create_container("c", {})
        service = BlobService(store, Account("batchspec", "a2V5", "http://127.0.0.1:1"))
        sas = generate_container_sas(
            "batchspec", "c", account_key="a2V5", permission="cw", expiry=datetime.now(timezone.utc) + LATER
        )

        assert service.put(f"http://127.0.0.1:1/batchspec/c/a?{sas}", HEADERS, b"x")
        assert not service.put(f"{url}?{sas}", HEADERS, b"x")
