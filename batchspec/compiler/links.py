"""What a program has of the world, signed URLs and moments: real for an apply, placeholders to be looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

from batchspec.compiler.ends import after
from batchspec.errors import UsageError
from batchspec.ports import BlobPort
from batchspec.spec import durations


class Links(Protocol):
    """What the compiler asks for; blob None is the whole container."""

    @property
    def stores(self) -> bool:
        """Whether there is a storage account at all."""
        ...

    def link(self, container: str, blob: str | None, permissions: str) -> str:
        """A URL that a node can use without any other credential."""
        ...

    def url(self, container: str, blob: str | None) -> str:
        """The same URL without its signature, for a node that has a credential."""
        ...

    def account_key(self) -> str:
        """The key of the Batch account. Raises UsageError when there is none."""
        ...

    def moment(self, later: timedelta) -> str:
        """The moment that is so long after the apply, as an autoscale formula has it."""
        ...


class Placeholders:
    """Links that say what will stand there."""

    stores = True

    def __init__(self, base: str = "https://<account>.blob.core.windows.net") -> None:
        self._base = base

    def link(self, container: str, blob: str | None, permissions: str) -> str:
        """The blob's URL, with the permissions of its signature in place of the signature."""
        return f"{self.url(container, blob)}?<sas:{permissions}>"

    def url(self, container: str, blob: str | None) -> str:
        """The blob's URL."""
        return _url(self._base, container, blob)

    def account_key(self) -> str:
        """What stands there in its place."""
        return "<account key>"

    def moment(self, later: timedelta) -> str:
        """So long after the apply, in words."""
        return f"<applied + {durations.show(later)}>"


class Signed:
    """Links with shared access signatures of one expiry; one signature for each permission of the container.

    Signing each blob of a large job by itself would cost more than all else in compiling it.
    """

    LIFETIME = timedelta(days=7)  # where the spec says nothing

    def __init__(
        self,
        blobs: BlobPort,
        expiry: datetime,
        now: datetime,
        *,
        stores: bool = True,
        account_key: str | None = None,
    ) -> None:
        self.stores = stores
        self._key = account_key
        self._blobs = blobs
        self._expiry = expiry
        self._now = now
        self._container = lru_cache(maxsize=None)(self._sign)

    def _sign(self, container: str, permissions: str) -> tuple[str, str]:
        base, _, query = self._blobs.signed_url(container, None, permissions, self._expiry).partition("?")
        return base, query

    def link(self, container: str, blob: str | None, permissions: str) -> str:
        """The blob's URL with the container's signature."""
        base, query = self._container(container, permissions)
        return f"{base}?{query}" if blob is None else f"{base}/{quote(blob)}?{query}"

    def url(self, container: str, blob: str | None) -> str:
        """The blob's URL."""
        return _url(self._blobs.url, container, blob)

    def account_key(self) -> str:
        """The key, when the account was given with it."""
        if self._key is None:
            hint = "set AZURE_BATCH_ACCOUNT_KEY, or write credential: managed_identity"
            raise UsageError("the schedule's manager shall have the account's key, and no key is configured", hint)
        return self._key

    def moment(self, later: timedelta) -> str:
        """Counted from the time at which the program is compiled."""
        return after(self._now)(later)


def _url(base: str, container: str, blob: str | None) -> str:
    return f"{base}/{quote(container)}" if blob is None else f"{base}/{quote(container)}/{quote(blob)}"
