"""Whom the control plane serves: programs of this machine, and no web page that somebody looks at here."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from batchspec.emulator.control.app import control_app
from batchspec.emulator.control.ledger import Ledger
from batchspec.emulator.control.rules import Rule
from batchspec.emulator.engine.engine import Engine

HERE = {"host": "127.0.0.1:1234", "content-type": "application/json"}
CALLERS: dict[str, tuple[str, dict[str, str], str, int]] = {
    "a program of this machine": ("POST", HERE, "127.0.0.1", 200),
    "a program that names localhost": ("POST", HERE | {"host": "localhost"}, "::1", 200),
    "another machine": ("POST", HERE, "192.0.2.7", 403),
    "a name that was bound to this machine": ("POST", HERE | {"host": "evil.example"}, "127.0.0.1", 400),
    "a form, or a page that sends text": ("POST", HERE | {"content-type": "text/plain"}, "127.0.0.1", 400),
    "a page that may send JSON": ("POST", HERE | {"origin": "https://evil.example"}, "127.0.0.1", 403),
    "a page without an address": ("DELETE", HERE | {"origin": "null"}, "127.0.0.1", 403),
    "a page that reads": ("GET", HERE | {"origin": "http://127.0.0.1:8000"}, "127.0.0.1", 403),
    "a browser that asks whether a page may": ("OPTIONS", HERE | {"origin": "https://evil.example"}, "127.0.0.1", 405),
}


@pytest.mark.parametrize(("method", "headers", "client", "status"), CALLERS.values(), ids=CALLERS)
def test_who_is_served(tmp_path: Path, method: str, headers: dict[str, str], client: str, status: int) -> None:
    ledger = Ledger(rules=[Rule({}, "503", 503)])

    sent = asyncio.run(asked(ledger, tmp_path, method, headers, client))

    assert sent["status"] == status
    assert (ledger.rules == []) == (status == 200), "nothing is changed for others"
    assert not [name for name, _ in sent["headers"] if name.startswith(b"access-control")]


async def asked(ledger: Ledger, root: Path, method: str, headers: dict[str, str], client: str) -> Any:
    """The start of the answer to a request that sets no rules."""
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"[]", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/_emulator/faults",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (client, 40_000),
    }
    await control_app(Engine(root, "a"), ledger)(scope, receive, send)
    return messages[0]
