"""Requests to the service as the SDK's pipeline makes them, without what that works out anew for each of them.

Signing, certificates, proxies and connections are the SDK's: its credential signs, and `requests` sends. Left out is
the merging of settings and cookies, redirects and retries, none of which we have, and the way to the one service that
there is is looked up once; that takes half off the CPU of a request. And the connections are kept for all threads,
where the SDK opens one for each thread anew.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

_READS = ("GET", "HEAD")
# Of a URL's path and query what `requests` leaves alone: no dots to resolve, no escape of what needs none.
_READY = re.compile(
    r"(?:(?!\.)[\w.~!$&'()*+,;=:@-]|%(?:2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-D]))+"
    r"(?:/(?!\.)(?:[\w.~!$&'()*+,;=:@-]|%(?:2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-D]))+)*"
    r"(?:\?(?:[\w.~!$&'()*+,;=:@/-]|%(?:2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-D]))+)?",
    re.ASCII,
)
CONNECTIONS = 32  # that stay open: no fewer than there are requests at a time


class Sender:
    """Sends to one service, from any thread; close it.

    session: signed by the SDK's credential; it says how to sign, and whether the environment's proxies are taken.
    timeout: seconds to connect, and for each read.
    """

    def __init__(self, session: Session, url: str, agent: str, timeout: tuple[float, float]) -> None:
        self._session = session
        self._url = url
        self._timeout = timeout
        self._headers = {**session.headers, "User-Agent": agent, "Accept": "application/json"}
        self._adapter = _Adapter(pool_maxsize=CONNECTIONS)

    @cached_property
    def _route(self) -> dict[str, Any]:
        """Proxies and certificates, from the environment as it is at the first request."""
        found: dict[str, Any] = self._session.merge_environment_settings(self._url, {}, False, None, None)
        return found

    @cached_property
    def _base(self) -> str:
        """What the service's URLs begin with, when nothing of it has to be prepared."""
        base = f"{self._url}/"
        return base if _prepared(base) == base else ""

    def _is_ready(self, url: str) -> bool:
        """Whether to prepare a URL would change nothing; it takes as long as to sign it."""
        base = self._base
        return bool(base) and url.startswith(base) and _READY.fullmatch(url, len(base)) is not None

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()
        self._session.close()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        """The answer, read in full. Raises requests' exceptions, and azure-core's for want of a token."""
        request = PreparedRequest()
        request.method, request.url = method, url if self._is_ready(url) else _prepared(url)
        # A plain dict: whoever reads or adds a header on the way writes its name as we do.
        sent: Any = {**self._headers, "client-request-id": str(uuid.uuid4()), **headers}
        request.headers = sent
        request.body = body
        if body is not None or method not in _READS:  # it is signed, so also that there is none
            sent["Content-Length"] = str(len(body or b""))
        sign: Any = self._session.auth
        sign(request)
        answer = self._adapter.send(request, timeout=self._timeout, **self._route)
        # Read now, so that the connection is free, and whole: requests reads by the piece, and puts them together.
        answer._content, answer._content_consumed = answer.raw.read(decode_content=True), True  # noqa: SLF001
        return answer


class _Adapter(HTTPAdapter):
    """Of one service only: the connections to it are looked up once, and it has no cookies."""

    def __init__(self, pool_maxsize: int) -> None:
        super().__init__(pool_maxsize=pool_maxsize)
        self._known: dict[str, Any] = {}

    def get_connection_with_tls_context(self, request: PreparedRequest, *settings: Any, **more: Any) -> Any:
        """The connections to the request's host; settings are the same each time."""
        origin = _origin(request.url or "")
        if origin not in self._known:
            self._known[origin] = super().get_connection_with_tls_context(request, *settings, **more)
        return self._known[origin]

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """The answer, without cookies."""
        answer = Response()
        answer.status_code, answer.reason, answer.raw = resp.status, resp.reason, resp
        answer.headers = CaseInsensitiveDict(resp.headers)
        answer.encoding, answer.url, answer.request = "utf-8", req.url or "", req  # as all JSON is
        return answer


def _prepared(url: str) -> str:
    """A URL as `requests` sends it. Raises its exceptions for one that it cannot send."""
    request = PreparedRequest()
    request.prepare_url(url, None)
    return str(request.url)


def _origin(url: str) -> str:
    """Scheme, host and port of a URL that is prepared."""
    return url[: (url + "/").index("/", url.index("://") + 3)]
