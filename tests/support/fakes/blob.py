"""Storage in memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from batchspec.errors import LocalFailure, NotFound
from batchspec.ports import PIECE, BlobView
from tests.support.fakes.faults import Faults, request


class FakeBlob:
    """A BlobPort in memory."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.containers: dict[str, dict[str, bytes]] = {}
        self.uploads: list[str] = []
        self.lock = threading.RLock()

    @property
    def url(self) -> str:
        return "https://fake.blob"

    @request
    def ensure_container(self, container: str) -> None:
        self.containers.setdefault(container, {})

    @request
    def list_blobs(self, container: str, prefix: str) -> Iterator[BlobView]:
        blobs = self._of(container)
        return iter([BlobView(name, len(blobs[name])) for name in sorted(blobs) if name.startswith(prefix)])

    @request
    def upload(
        self, container: str, blob: str, path: Path, sha256: str, moved: Callable[[int], None], *, replace: bool = False
    ) -> None:
        data = path.read_bytes()
        moved(len(data))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise LocalFailure(f"{path} changed while it was uploaded")
        blobs = self._of(container)
        if replace or blob not in blobs:
            blobs[blob] = data
        self.uploads.append(blob)

    @request
    def download(self, container: str, blob: str, path: Path, moved: Callable[[int], None]) -> None:
        data = self._of(container).get(blob)
        if data is None:
            raise NotFound("no blob", code="BlobNotFound", status=404)
        moved(len(data))
        path.write_bytes(data)

    @request
    def write(self, container: str, blob: str, data: bytes) -> None:
        self._of(container)[blob] = data
        self.uploads.append(blob)

    @request
    def read(self, container: str, blob: str, offset: int) -> bytes:
        data = self._of(container).get(blob)
        if data is None:
            raise NotFound("no blob", code="BlobNotFound", status=404)
        return data[offset:][:PIECE]

    @request
    def delete_blob(self, container: str, blob: str) -> None:
        if self._of(container).pop(blob, None) is None:
            raise NotFound("no blob", code="BlobNotFound", status=404)

    def signed_url(self, container: str, blob: str | None, permissions: str, expiry: datetime) -> str:
        return f"{self.url}/{container}/{blob or ''}?sp={permissions}&se={expiry:%Y-%m-%d}"

    def _of(self, container: str) -> dict[str, bytes]:
        if container not in self.containers:
            raise NotFound("no container", code="ContainerNotFound", status=404)
        return self.containers[container]
