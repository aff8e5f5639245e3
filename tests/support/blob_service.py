"""The blob service alone, in a thread, on a socket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient

from batchspec.emulator.blob.app import BlobService, utc_now
from batchspec.emulator.blob.store import BlobStore
from batchspec.emulator.wire.account import Account


@dataclass(frozen=True)
class Service:
    """A running blob service."""

    account: Account
    root: Path

    @property
    def url(self) -> str:
        return f"{self.account.base_url}/{self.account.name}"

    def client(self, credential: str | None = None) -> BlobServiceClient:
        """The unmodified SDK, with the account's key or another credential; it does not retry."""
        return BlobServiceClient(self.url, credential or self.account.key_base64, retry_total=0)


def listening() -> tuple[socket.socket, Account]:
    """A socket for a service of blobs, and an account at its address."""
    # asyncio turns Nagle's algorithm off only for sockets that are named as TCP
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    return listener, Account("batchspec", key, f"http://127.0.0.1:{listener.getsockname()[1]}")


def served(service: BlobService) -> uvicorn.Server:
    """The server of a service."""
    config = uvicorn.Config(service, http="httptools", lifespan="off", log_config=None, access_log=False)
    return uvicorn.Server(config)


@contextlib.contextmanager
def serving_blobs(root: Path) -> Iterator[Service]:
    """A blob service over a directory, for as long as the block lasts."""
    listener, account = listening()
    running: list[uvicorn.Server] = []
    started = threading.Event()

    async def serve() -> None:
        with contextlib.closing(BlobStore(root, utc_now)) as store:
            server = served(BlobService(store, account))
            running.append(server)
            started.set()
            await server.serve([listener])

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        started.wait()
        yield Service(account, root)
    finally:
        for server in running:
            server.should_exit = True
        thread.join()


def error_code(refused: pytest.ExceptionInfo[HttpResponseError]) -> str | None:
    """The service's code, which the SDK puts on its exceptions without declaring it."""
    return getattr(refused.value, "error_code", None)
