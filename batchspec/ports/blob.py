"""Blob storage, as far as we use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from batchspec.ports.values import BlobView


class BlobPort(Protocol):
    """Blob storage, as far as we use it. Safe to use from several threads."""

    @property
    def url(self) -> str:
        """The account's URL, for messages."""
        ...

    def ensure_container(self, container: str) -> None:
        """Create the container when it does not exist."""
        ...

    def list_blobs(self, container: str, prefix: str) -> Iterator[BlobView]:
        """In the order of names. Raises NotFound when there is no such container."""
        ...

    def upload(
        self, container: str, blob: str, path: Path, sha256: str, moved: Callable[[int], None], *, replace: bool = False
    ) -> None:
        """Store a file whose content has this hash, in hexadecimal; nothing else ever comes under the name.

        replace: overwrite a blob that is already there; otherwise it stays as it is. `moved` hears of every
        piece of the file, in bytes; what it raises ends the transfer. Raises UnreadableFile, and LocalFailure
        when the file holds something else by now.
        """
        ...

    def download(self, container: str, blob: str, path: Path, moved: Callable[[int], None]) -> None:
        """Write the blob to the file, whose folder exists; whole or not at all.

        `moved` hears of every piece, in bytes; what it raises ends the transfer. Raises NotFound, LocalFailure.
        """
        ...

    def write(self, container: str, blob: str, data: bytes) -> None:
        """Store the bytes, in place of what was there."""
        ...

    def read(self, container: str, blob: str, offset: int) -> bytes:
        """What the blob holds from `offset` on, a PIECE of it: less is all that there is. Raises NotFound."""
        ...

    def delete_blob(self, container: str, blob: str) -> None:
        """Raises NotFound."""
        ...

    def signed_url(self, container: str, blob: str | None, permissions: str, expiry: datetime) -> str:
        """A URL with a shared access signature for a blob, or for the container when blob is None.

        permissions: letters of the service's SAS permissions: r(ead), w(rite), c(reate), l(ist).
        """
        ...
