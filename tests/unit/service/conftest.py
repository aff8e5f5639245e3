"""A server that says what it was told to, and the adapter for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from batchspec.service.account import Account
from batchspec.service.batch import AzureBatch
from tests.unit.service.server import KEY, Server


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
