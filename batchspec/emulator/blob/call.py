"""One request, read: whose it is, what it names, what it carries. And the answer to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from batchspec.emulator.blob.errors import BlobError, bad_header

Body: TypeAlias = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True)
class Call:
    """A request below `/account`; header names in lower case, query names and values decoded.

    `raw_path` is the path as it was sent, percent-encoding and all: signatures cover that form.
    `container` and `blob` are "" where the path names none.
    """

    method: str
    raw_path: str
    account: str
    container: str
    blob: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    client_ip: str
    base_url: str
    body: Body = field(repr=False)
    sas: Mapping[str, str] | None = None
    may_overwrite: bool = True

    @property
    def level(self) -> str:
        """Which kind of resource the path names: service, container or blob."""
        return "blob" if self.blob else "container" if self.container else "service"

    @cached_property
    def content_length(self) -> int:
        """The length that the request announces; raises when it must and does not."""
        text = self.headers.get("content-length")
        if text is None:
            raise BlobError("MissingContentLengthHeader")
        if not text.isdecimal():
            raise bad_header("Content-Length", text)
        return int(text)


@dataclass(frozen=True)
class Reply:
    """Status, headers, and a body that is bytes, or chunks that are read while they are sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterator[bytes] = b""


def split_path(raw_path: str) -> tuple[str, str, str]:
    """Account, container and blob that a percent-encoded path names, each decoded.

    A blob's name may hold slashes, encoded or not, so only the first two of them divide.
    """
    account, _, rest = raw_path.lstrip("/").partition("/")
    container, _, blob = rest.partition("/")
    return _decoded(account), _decoded(container), _decoded(blob)


def read_query(query_string: str) -> dict[str, str]:
    """Decoded parameters by name; a name given again joins its values with commas, as signatures want.

    A plus sign is a plus sign: the storage clients encode a space as %20 and sign what they send.
    """
    values: dict[str, list[str]] = {}
    for pair in filter(None, query_string.split("&")):
        name, _, value = pair.partition("=")
        values.setdefault(_decoded(name), []).append(_decoded(value))
    return {name: ",".join(sorted(given)) for name, given in values.items()}


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BlobError("InvalidUri") from None
