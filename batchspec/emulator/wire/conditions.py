"""Conditional headers: reads answer 304 or 412, writes 412.

| header | holds when |
| --- | --- |
| If-Match | the ETag is among those given, or `*` is |
| If-None-Match | it is not |
| If-Modified-Since | the resource changed after that second |
| If-Unmodified-Since | it did not |
"""

from __future__ import annotations

from collections.abc import Mapping

from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.times import parse_header_time

HEADERS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")


class NotModified(Exception):
    """The caller's copy is current: 304, without a body."""


def check_conditions(headers: Mapping[str, str], etag: str, modified: float, *, read: bool) -> None:
    """Raise unless the request's condition, if it has one, holds; `modified` in UNIX seconds."""
    given = [name for name in HEADERS if headers.get(name)]
    if not given:
        return
    if len(given) > 1:
        raise BatchError("MultipleConditionHeadersNotSupported", [("HeaderName", name) for name in given])
    name = given[0]
    if _holds(name, headers[name], etag, modified):
        return
    if read and name in ("if-none-match", "if-modified-since"):
        raise NotModified
    raise BatchError("ConditionNotMet")


def _holds(name: str, value: str, etag: str, modified: float) -> bool:
    if name in ("if-match", "if-none-match"):
        # the service writes its ETags without quotes; callers may add them
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in value.split(",")}
        return ("*" in tags or etag in tags) == (name == "if-match")
    changed = int(modified) > parse_header_time(name, value).timestamp()
    return changed == (name == "if-modified-since")
