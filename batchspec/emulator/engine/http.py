"""HTTP for resource and output files: streamed, tried again when the other side falters, http and https only."""

from __future__ import annotations

import string
from contextlib import contextmanager
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, BinaryIO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, quote, urlsplit
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

from batchspec.emulator.engine.cancel import Cancelled

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping
    from http.client import HTTPResponse

    from batchspec.emulator.engine.cancel import Cancel

TIMEOUT = 60.0
ATTEMPTS = 4
PAUSES: Final = (0.1, 0.5, 2.0)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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


def split(url: str) -> SplitResult:
    """The parts of a URL; Rejected for what is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read only when it is asked for
    except ValueError:
        raise Rejected("this is not a valid URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Rejected("only http and https URLs are fetched")
    return parts


def blob_url(container: str, name: str) -> str:
    """The URL of a blob in a container, with the container's SAS. A name that is not UTF-8 keeps its bytes."""
    before, after = _halves(container)
    return f"{before}/{quote(name, errors='surrogateescape')}{after}"


@lru_cache(maxsize=64)  # a job's tasks have one container
def _halves(container: str) -> tuple[str, str]:
    """What stands before a blob's name in its URL, and the query after it."""
    parts = split(container)
    before = parts._replace(path=parts.path.rstrip("/"), query="", fragment="")
    return before.geturl(), parts._replace(scheme="", netloc="", path="").geturl()


@contextmanager
def request(
    url: str, cancel: Cancel, *, method: str = "GET", body: Slice | bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[HTTPResponse]:  # fmt: skip
    """One answer of status 2xx; Rejected for another, or when it stays away; Cancelled. What fails while the
    caller reads the answer is the caller's to try again."""
    try:
        response = _attempts(url, cancel, method, body, dict(headers or {}))
        try:
            yield response
        finally:
            response.close()
    finally:
        cancel.release()


def _attempts(
    url: str, cancel: Cancel, method: str, body: Slice | bytes | None, headers: dict[str, str]
) -> HTTPResponse:
    opener = _opener(split(url), cancel)
    # Letters and blanks as they are typed; what is percent-encoded already stays as it is.
    url = quote(url, safe=string.punctuation)
    if body is not None:
        headers["Content-Length"] = str(len(body) if isinstance(body, bytes) else body.length)
    last = Rejected("no answer")
    for pause in (0.0, *PAUSES):
        if cancel.wait(pause):
            raise Cancelled
        cancel.release()
        if isinstance(body, Slice):
            body.rewind()
        try:
            order = Request(url, data=body, headers=headers, method=method)  # noqa: S310 - scheme checked by `split`
            response: HTTPResponse = opener.open(order, timeout=TIMEOUT)
        except HTTPError as error:
            with error:
                last = Rejected(f"HTTP {error.code} {error.reason}", error.code)
            if error.code < 500 and error.code not in (408, 429):
                raise last from None
        except URLError as error:
            last = Rejected(str(error.reason), timed_out=isinstance(error.reason, TimeoutError))
        except (OSError, HTTPException) as error:
            last = Rejected(str(error) or type(error).__name__, timed_out=isinstance(error, TimeoutError))
        except ValueError as error:  # a host or header that cannot be written, a redirect to what is no URL
            raise Rejected(f"this cannot be asked for: {error}") from None
        else:
            return response
    raise last


def _opener(parts: SplitResult, cancel: Cancel) -> OpenerDirector:
    # Not urllib's default opener: that one also reads file: and ftp: URLs, and asks proxies for loopback.
    opener = OpenerDirector()
    for handler in (
        ProxyHandler({} if parts.hostname in _LOOPBACK else None),
        _Http(cancel), _Https(cancel), HTTPRedirectHandler(), HTTPDefaultErrorHandler(), HTTPErrorProcessor(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener


class _Http(HTTPHandler):
    """Over connections that a `Cancel` ends."""

    def __init__(self, cancel: Cancel) -> None:
        super().__init__()
        self._cancel = cancel

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(lambda host, **options: _ended_by(self._cancel, HTTPConnection(host, **options)), req)


class _Https(HTTPSHandler):
    """Over connections that a `Cancel` ends."""

    def __init__(self, cancel: Cancel) -> None:
        super().__init__()
        self._cancel = cancel

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(lambda host, **options: _ended_by(self._cancel, HTTPSConnection(host, **options)), req)


def _ended_by(cancel: Cancel, connection: HTTPConnection) -> HTTPConnection:
    def connect(address: tuple[str, int], timeout: float | None, *_: object) -> socket.socket:
        return cancel.connect(address, timeout)

    # Where http.client, TLS and tunnels included, lets its socket be made by another; it has no public name.
    connection._create_connection = connect  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    return connection
