"""URLs of blobs with their signatures: real ones for an apply, placeholders for all that is only looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

from batchspec.ports import BlobPort


class Links(Protocol):
    """What the compiler asks for; blob None is the whole container."""

    def link(self, container: str, blob: str | None, permissions: str) -> str:
        """A URL that a node can use without any other credential."""
        ...


class Placeholders:
    """Links that say what will stand there."""

    def __init__(self, base: str = "https://<account>.blob.core.windows.net") -> None:
        self._base = base

    def link(self, container: str, blob: str | None, permissions: str) -> str:
        """The blob's URL, with the permissions of its signature in place of the signature."""
        path = container if blob is None else f"{container}/{quote(blob)}"
        return f"{self._base}/{path}?<sas:{permissions}>"


class Signed:
    """Links with shared access signatures of one expiry; one signature for each permission of the container.

    Signing each blob of a large job by itself would cost more than all else in compiling it.
    """

    LIFETIME = timedelta(days=7)  # where the spec says nothing

    def __init__(self, blobs: BlobPort, expiry: datetime) -> None:
        self._blobs = blobs
        self._expiry = expiry
        self._container = lru_cache(maxsize=None)(self._sign)

    def _sign(self, container: str, permissions: str) -> tuple[str, str]:
        base, _, query = self._blobs.signed_url(container, None, permissions, self._expiry).partition("?")
        return base, query

    def link(self, container: str, blob: str | None, permissions: str) -> str:
        """The blob's URL with the container's signature."""
        base, query = self._container(container, permissions)
        return f"{base}?{query}" if blob is None else f"{base}/{quote(blob)}?{query}"
