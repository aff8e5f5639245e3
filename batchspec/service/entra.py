"""Microsoft Entra ID for the two SDKs: azure-core's takes a credential, msrest's signs a session."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from msrest.authentication import Authentication
from requests import PreparedRequest, Session
from requests.auth import AuthBase

SCOPE = "https://batch.core.windows.net//.default"  # the audience ends with a slash, so there are two
_EARLY = 300.0  # seconds before its expiry a token is replaced


class TokenSource(Protocol):
    """What azure-identity's credentials are to us."""

    def get_token(self, *scopes: str) -> Any:
        """A token with `.token` and `.expires_on`, seconds of the epoch."""
        ...


def default_credential() -> TokenSource:
    """Whatever azure-identity finds: environment, managed identity, az login..."""
    # Slow to import, and only needed by those who have no key.
    from azure.identity import DefaultAzureCredential  # see above

    credential: TokenSource = DefaultAzureCredential()
    return credential


class EntraCredential(Authentication):  # type: ignore[misc]  # msrest has no annotations
    """A bearer token for every request, asked for again shortly before it expires.

    We keep the token ourselves: some of azure-identity's credentials start a process for each one.
    """

    def __init__(self, source: TokenSource, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._source = source
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._expires = 0.0

    def signed_session(self, session: Session | None = None) -> Session:
        """The session, which signs each of its requests."""
        session = session or Session()
        session.auth = _Bearer(self.token)
        return session

    def token(self) -> str:
        """A token that is valid for a while. Raises azure-core's ClientAuthenticationError."""
        with self._lock:
            if self._now() > self._expires - _EARLY:
                fresh = self._source.get_token(SCOPE)
                self._token, self._expires = fresh.token, float(fresh.expires_on)
            return self._token


class _Bearer(AuthBase):
    # As the session's `auth`, not as one of its headers: those a .netrc overrides.
    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        return request
