"""Requests to the blob service as values, for tests that need no socket."""

from __future__ import annotations

from collections.abc import AsyncIterator

from batchspec.emulator.blob.call import Call, read_query, split_path


def call(method: str, target: str, body: bytes = b"", **headers: str) -> Call:
    """The call that a request line makes; header names with `_` for `-`."""
    path, _, query = target.partition("?")
    account, container, blob = split_path(path)
    given = {name.replace("_", "-"): value for name, value in headers.items()}

    async def stream() -> AsyncIterator[bytes]:
        yield body

    return Call(
        method=method,
        raw_path=path,
        account=account,
        container=container,
        blob=blob,
        query=read_query(query),
        headers={"content-length": str(len(body)), **given},
        client_ip="127.0.0.1",
        base_url="http://127.0.0.1:1/acct/",
        body=stream,
    )
