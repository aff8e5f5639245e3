"""The application under any request: it answers in the service's words, and never breaks."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from starlette.types import ASGIApp, Message

from batchspec.emulator.batch.app import batch_app
from batchspec.emulator.batch.operations import OPERATIONS
from batchspec.emulator.engine.engine import Engine
from batchspec.emulator.wire.account import Account
from batchspec.emulator.wire.auth import string_to_sign
from batchspec.emulator.wire.signature import sign
from batchspec.emulator.wire.versions import VERSIONS

ACCOUNT = Account("acct", "c2VjcmV0", "http://127.0.0.1:1")
POOL = {
    "id": "p",
    "vmSize": "small",
    "targetDedicatedNodes": 0,
    "virtualMachineConfiguration": {"imageReference": {"sku": "s"}, "nodeAgentSKUId": "a"},
}


async def send(
    app: ASGIApp, method: str, path: str, query: Mapping[str, str], body: bytes, extra: Mapping[str, str]
) -> tuple[int, bytes]:
    """One signed request straight into the application."""
    text = urlencode(query, quote_via=quote)
    headers = {"host": "127.0.0.1", "ocp-date": formatdate(usegmt=True), "content-length": str(len(body)), **extra}
    signature = sign(string_to_sign(method, path, parse_qsl(text), headers, "acct"), ACCOUNT.key)
    headers["authorization"] = f"SharedKey acct:{signature}"
    scope = {
        "type": "http",
        "method": method,
        "raw_path": path.encode(),
        "query_string": text.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def collect(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, collect)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


ids = st.sampled_from(["p", "j", "t", "x", "A b", "..", "%", "é", "'"])
words = st.sampled_from(["t", "a b", "PT1M", "terminatejob", "requeue", "/bin/true", "\ud83d\ude00", "", "p"])
plain = st.none() | st.booleans() | st.integers() | st.floats() | words
names = st.sampled_from(
    ["id", "commandLine", "value", "poolInfo", "poolId", "constraints", "maxTaskRetryCount", "priority", "metadata",
     "name", "targetDedicatedNodes", "startTask", "dependsOn", "taskIds", "exitConditions", "default", "jobAction"]
)  # fmt: skip
bodies = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5))
queries = st.dictionaries(
    st.sampled_from(["$filter", "$select", "$expand", "maxresults", "$skiptoken", "recursive", "timeout"]),
    st.sampled_from(["", "1", "id", "state eq 'active'", "stats", "true", "MQ", "Mi0x", "id,state", "((", "MTAtLTU"]),
    max_size=3,
)
conditions = st.dictionaries(
    st.sampled_from(["if-match", "if-none-match", "if-modified-since", "ocp-range"]),
    st.sampled_from(["*", "0x1", "Sun, 06 Nov 1994 08:49:37 GMT", "bytes=0-1", "x", "Sun, 99 Nov 1994 08:49:37 GMT"]),
    max_size=1,
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, dict[str, str], bytes, dict[str, str]]:
    row = draw(st.sampled_from(OPERATIONS))
    path = re.sub(r"\{\w+\}", lambda _: quote(draw(ids), safe=""), row.path)
    query = {"api-version": draw(st.sampled_from(VERSIONS)), **draw(queries)}
    body = draw(st.just(b"") | bodies.map(lambda value: json.dumps(value).encode()))
    return row.method, path, query, body, draw(conditions)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(requests(), min_size=1, max_size=8))
def test_any_request_is_answered_as_the_service_would(tmp_path_factory: pytest.TempPathFactory, asked: Any) -> None:
    async def run(root: Path) -> list[tuple[int, bytes]]:
        engine = Engine(root, ACCOUNT.name)
        await engine.start()
        try:
            app = batch_app(engine, ACCOUNT)
            first: list[tuple[str, str, dict[str, str], bytes, dict[str, str]]] = [
                ("POST", "/pools", {"api-version": VERSIONS[0]}, json.dumps(POOL).encode(), {}),
                ("POST", "/jobs", {"api-version": VERSIONS[0]}, b'{"id": "j", "poolInfo": {"poolId": "p"}}', {}),
                ("POST", "/jobs/j/tasks", {"api-version": VERSIONS[0]}, b'{"id": "t", "commandLine": "x"}', {}),
            ]
            return [await send(app, *request) for request in [*first, *asked]]
        finally:
            await engine.stop()

    answers = asyncio.run(run(tmp_path_factory.mktemp("any")))

    assert [status for status, _ in answers[:3]] == [201, 201, 201]
    for status, body in answers:
        assert status in (200, 201, 202, 204, 304, 400, 404, 405, 409, 412, 416, 501), body
        if status >= 400 and body:
            assert json.loads(body)["code"]
