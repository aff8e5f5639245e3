"""The contract suite: the unmodified azure-batch client against a service that is known by URL, name and key alone.

The service is an emulator in a thread unless BATCHSPEC_TEST_ACCOUNT_URL, _NAME and _KEY name another one that
runs already.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import uvicorn
from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials

from batchspec.emulator.batch.app import batch_app
from batchspec.emulator.clock import Clock
from batchspec.emulator.engine.engine import Engine
from batchspec.emulator.wire.account import Account
from tests.contract.batch.support import Target, Wire, connect, ready_pool

KEY = "Y29udHJhY3Qgc3VpdGUga2V5"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Future[None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set_result(None)


@contextmanager
def running_emulator(root: Path, clock: Clock | None = None) -> Iterator[Target]:
    """The Batch service on a port of its own, in a thread that has ended when the block has."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    account = Account("contract", KEY, url)
    ready: Future[None] = Future()
    servers: list[tuple[asyncio.AbstractEventLoop, _Server]] = []

    async def serve() -> None:
        engine = Engine(root, account.name, account_url=url, clock=clock)
        config = uvicorn.Config(batch_app(engine, account), log_config=None, lifespan="off", ws="none")
        server = _Server(config, ready)
        servers.append((asyncio.get_running_loop(), server))
        await engine.start()
        try:
            await server.serve([listener])
        finally:
            await engine.stop()

    def main() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    thread = threading.Thread(target=main, name="emulator")
    thread.start()
    try:
        ready.result(30)
        yield Target(url, account.name, KEY)
    finally:
        for loop, server in servers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(setattr, server, "should_exit", True)
        thread.join(30)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The service under test."""
    url = os.environ.get("BATCHSPEC_TEST_ACCOUNT_URL")
    if url:
        yield Target(url, os.environ["BATCHSPEC_TEST_ACCOUNT_NAME"], os.environ["BATCHSPEC_TEST_ACCOUNT_KEY"])
        return
    with running_emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def client(target: Target) -> Iterator[BatchServiceClient]:
    """The vendor's client, retries off, so that an answer is seen as it came."""
    connected = connect(target)
    yield connected
    connected.close()


@pytest.fixture
def wire(target: Target) -> Iterator[Wire]:
    """Requests written by hand, signed by the vendor's signer."""
    with closing(Wire(target, SharedKeyCredentials(target.name, target.key).auth)) as requests:
        yield requests


@pytest.fixture(scope="session")
def pool_id(target: Target) -> str:
    """A pool of two nodes with two slots each, for tests that run tasks."""
    return ready_pool(target)
