"""HTTP for resource and output files: streamed, tried again when the other side falters, http and https only."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.client import HTTPException
from typing import TYPE_CHECKING, BinaryIO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from http.client import HTTPResponse

TIMEOUT = 60.0
ATTEMPTS = 4
PAUSES: Final = (0.1, 0.5, 2.0)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Cancelled(Exception):
    """The run for which this is done was told to stop."""


class Rejected(OSError):
    """The other side said no, or could not be reached for all our trying; `status` is None for the latter."""

    def __init__(self, message: str, status: int | None = None, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.timed_out = timed_out


class Slice:
    """A part of a file as a request body; `http.client` reads it in blocks."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file, self._start, self.length = file, start, length
        self._left = 0

    def rewind(self) -> None:
        self._file.seek(self._start)
        self._left = self.length

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


@contextmanager
def request(
    url: str, cancel: threading.Event, *, method: str = "GET", body: Slice | bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[HTTPResponse]:  # fmt: skip
    """One answer of status 2xx; Rejected for another, or when it stays away. What fails while the caller reads
    the answer is the caller's to try again."""
    response = _attempts(url, cancel, method, body, dict(headers or {}))
    try:
        yield response
    finally:
        response.close()


def _attempts(
    url: str, cancel: threading.Event, method: str, body: Slice | bytes | None, headers: dict[str, str]
) -> HTTPResponse:
    if urlsplit(url).scheme not in ("http", "https"):
        raise Rejected("only http and https URLs are fetched")
    if body is not None:
        headers["Content-Length"] = str(len(body) if isinstance(body, bytes) else body.length)
    last = Rejected("no answer")
    for pause in (0.0, *PAUSES):
        if cancel.wait(pause):
            raise Cancelled
        if isinstance(body, Slice):
            body.rewind()
        try:
            order = Request(url, data=body, headers=headers, method=method)  # noqa: S310 - scheme checked above
            response: HTTPResponse = _opener(url).open(order, timeout=TIMEOUT)
        except HTTPError as error:
            with error:
                last = Rejected(f"HTTP {error.code} {error.reason}", error.code)
            if error.code < 500 and error.code not in (408, 429):
                raise last from None
        except URLError as error:
            last = Rejected(str(error.reason), timed_out=isinstance(error.reason, TimeoutError))
        except (OSError, HTTPException) as error:
            last = Rejected(str(error) or type(error).__name__, timed_out=isinstance(error, TimeoutError))
        else:
            return response
    raise last


def _opener(url: str) -> OpenerDirector:
    # Not urllib's default opener: that one also reads file: and ftp: URLs, and asks proxies for loopback.
    opener = OpenerDirector()
    for handler in (
        ProxyHandler({} if urlsplit(url).hostname in _LOOPBACK else None),
        HTTPHandler(), HTTPSHandler(), HTTPRedirectHandler(), HTTPDefaultErrorHandler(), HTTPErrorProcessor(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener
