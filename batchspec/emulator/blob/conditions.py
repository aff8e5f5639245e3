"""Conditional headers: reads answer 304 or 412, writes 409 or 412.

| header | holds when |
| --- | --- |
| If-Match | the blob is there and has this ETag, or any for `*` |
| If-None-Match | it does not have this ETag; for `*`: it is not there |
| If-Modified-Since | it changed after that second |
| If-Unmodified-Since | it did not |

A header that looks at a date has no say where the blob is not there. Leases and tags do not exist here:
a lease id is answered as the service answers one for a blob without a lease, a condition on tags is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from batchspec.emulator.blob.errors import BlobError, bad_header


def check_read(headers: Mapping[str, str], etag: str, modified: int) -> None:
    """Raise unless a read may go on; `etag` quoted, `modified` in seconds of Unix time."""
    if "if-match" in headers and not _matches(headers["if-match"], etag):
        raise BlobError("ConditionNotMet")
    if "if-unmodified-since" in headers and modified > _seconds(headers, "if-unmodified-since"):
        raise BlobError("ConditionNotMet")
    if "if-none-match" in headers:
        if _matches(headers["if-none-match"], etag):
            raise NotModified
    elif "if-modified-since" in headers and modified <= _seconds(headers, "if-modified-since"):
        raise NotModified


def check_write(headers: Mapping[str, str], etag: str | None, modified: int) -> None:
    """Raise unless a write may go on; `etag` is None where there is nothing yet."""
    if etag is None:
        if "if-match" in headers:
            raise BlobError("ConditionNotMet")
        return
    if headers.get("if-none-match") == "*":
        raise BlobError("BlobAlreadyExists")
    try:
        check_read(headers, etag, modified)
    except NotModified:
        raise BlobError("ConditionNotMet") from None


class NotModified(Exception):
    """The reader already has what is there: an answer, not an error, without body and code."""


def _matches(given: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in given.split(",")]
    return "*" in tags or etag.strip('"') in tags


def _seconds(headers: Mapping[str, str], name: str) -> int:
    try:
        moment = parsedate_to_datetime(headers[name])
    except ValueError:
        raise bad_header(name, headers[name]) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(datetime.timestamp(moment))
