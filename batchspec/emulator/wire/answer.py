"""An answer as the operations give it; `batch/app.py` puts it on the wire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from batchspec.emulator.wire.times import header_time

JSON_TYPE = "application/json;odata=minimalmetadata"
_TICKS_TO_1970 = 621_355_968_000_000_000


@dataclass(frozen=True)
class Answer:
    """Status, headers of the operation, and either JSON, a stream of bytes, or nothing."""

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    json: Mapping[str, Any] | None = None
    stream: AsyncIterator[bytes] | None = None


def etag(version: int) -> str:
    """An ETag as the service writes it, unquoted: 100 ns ticks in hexadecimal.

    A version is a creation time in microseconds plus the number of changes.
    """
    return f"0x{version * 10 + _TICKS_TO_1970:X}"


def entity_headers(version: int, modified: float, url: str = "") -> dict[str, str]:
    """The headers of a resource; with its url also DataServiceId, which reads do not have."""
    headers = {"ETag": etag(version), "Last-Modified": header_time(modified)}
    if url:
        headers["DataServiceId"] = url
    return headers


def encode(body: Mapping[str, Any]) -> bytes:
    """A body as JSON."""
    return json.dumps(body, separators=(",", ":")).encode()
