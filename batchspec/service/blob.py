"""Blob storage through its SDK: no retries, and files are moved in pieces."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobBlock, BlobServiceClient, generate_blob_sas, generate_container_sas

from batchspec.errors import LocalFailure, UnreadableFile, UsageError
from batchspec.ports import PIECE, BlobView
from batchspec.service.account import Account, Storage
from batchspec.service.parts import Parts
from batchspec.service.translate import translated
from batchspec.service.transport import CONNECT, READ, is_loopback

_PIECE = 4 * 1024 * 1024  # bytes in one request
_DELEGATION = timedelta(days=7)  # as long as the service lets a user delegation key live
_SKEW = timedelta(minutes=15)  # between our clock and the service's


class AzureBlob:
    """The BlobPort of an account; close it."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._parts = Parts()

    def close(self) -> None:
        """Close the connections."""
        if "_client" in vars(self):
            self._client.close()

    @property
    def url(self) -> str:
        return self._storage.url

    def ensure_container(self, container: str) -> None:
        with translated(self.url, self._account.gone), _unless("ContainerAlreadyExists"):
            self._client.create_container(container)

    def list_blobs(self, container: str, prefix: str) -> Iterator[BlobView]:
        with translated(self.url, self._account.gone):
            for found in self._client.get_container_client(container).list_blobs(prefix):
                yield BlobView(found.name, found.size, found.last_modified)

    def upload(
        self, container: str, blob: str, path: Path, sha256: str, moved: Callable[[int], None], *, replace: bool = False
    ) -> None:
        # Unless it is to be replaced: of two uploads of one content at a time the second has nothing to do.
        condition = None if replace else MatchConditions.IfMissing
        there = () if replace else ("BlobAlreadyExists", "ConditionNotMet")
        pieces = _Pieces(path, moved)
        with translated(self.url, self._account.gone), _unless(*there):
            client = self._client.get_blob_client(container, blob)
            if pieces.size <= _PIECE:
                data = b"".join(pieces)
                pieces.check(sha256)
                client.upload_blob(data, overwrite=replace)
                return
            blocks = []
            for number, piece in enumerate(pieces):
                # By content: another upload that stages other bytes under this name cannot mix its own in.
                name = f"{number:05}-{hashlib.blake2b(piece, digest_size=16).hexdigest()}"
                client.stage_block(name, piece, len(piece))
                blocks.append(BlobBlock(name))
            pieces.check(sha256)
            client.commit_block_list(blocks, match_condition=condition)

    def download(self, container: str, blob: str, path: Path, moved: Callable[[int], None]) -> None:
        try:
            with self._parts.whole(path) as file, translated(self.url, self._account.gone):
                for piece in self._client.get_blob_client(container, blob).download_blob().chunks():
                    file.write(piece)
                    moved(len(piece))
        except OSError as error:
            raise LocalFailure(f"cannot write {path}: {error.strerror or error}") from error

    def write(self, container: str, blob: str, data: bytes) -> None:
        with translated(self.url, self._account.gone):
            self._client.get_blob_client(container, blob).upload_blob(data, overwrite=True)

    def read(self, container: str, blob: str, offset: int) -> bytes:
        got = b""
        with translated(self.url, self._account.gone), _unless("InvalidRange"):
            got = self._client.get_blob_client(container, blob).download_blob(offset, PIECE).readall()
        return got  # noqa: RET504  # empty where the range starts at the end

    def delete_blob(self, container: str, blob: str) -> None:
        with translated(self.url, self._account.gone):
            self._client.get_blob_client(container, blob).delete_blob()

    def signed_url(self, container: str, blob: str | None, permissions: str, expiry: datetime) -> str:
        storage = self._storage
        given: dict[str, Any] = {"permission": permissions, "expiry": expiry}
        if storage.key is not None:
            given["account_key"] = storage.key
        else:
            key = given["user_delegation_key"] = self._delegation_key
            given["expiry"] = min(expiry, datetime.fromisoformat(key.signed_expiry.replace("Z", "+00:00")))
        if blob is None:
            token = generate_container_sas(storage.name, container, **given)
            return f"{storage.url}/{quote(container)}?{token}"
        token = generate_blob_sas(storage.name, container, blob, **given)
        return f"{storage.url}/{quote(container)}/{quote(blob)}?{token}"

    @property
    def _storage(self) -> Storage:
        # Asked for when it is used: a spec without files needs no storage.
        if self._account.storage is None:
            hint = (
                "set AZURE_BLOB_ACCOUNT_NAME, and AZURE_BLOB_ACCOUNT_KEY unless you use Microsoft Entra ID;"
                " or AZURE_STORAGE_CONNECTION_STRING"
            )
            raise UsageError("this spec moves files, and no storage account is configured", hint)
        return self._account.storage

    @cached_property
    def _client(self) -> BlobServiceClient:
        storage = self._storage
        return BlobServiceClient(
            storage.url,
            credential=_credential(storage),
            retry_total=0,
            permit_redirects=False,
            connection_timeout=CONNECT,
            read_timeout=READ,
            max_single_put_size=_PIECE,
            max_single_get_size=_PIECE,
            max_chunk_get_size=_PIECE,
            use_env_settings=not is_loopback(storage.url),
        )

    @cached_property
    def _delegation_key(self) -> Any:
        now = datetime.now(timezone.utc)
        with translated(self.url, self._account.gone):
            return self._client.get_user_delegation_key(now - _SKEW, now + _DELEGATION - _SKEW)


@contextmanager
def _unless(*codes: str) -> Iterator[None]:
    """Let pass that it exists already; not that it is being deleted, which is a conflict as well."""
    try:
        yield
    except HttpResponseError as error:
        found = getattr(error, "error_code", None)
        if getattr(found, "value", found) not in codes:
            raise


class _Pieces:
    """A file in pieces, read once; what was read is what is hashed and what is sent."""

    def __init__(self, path: Path, moved: Callable[[int], None]) -> None:
        self._path = path
        self._moved = moved
        self._hash = hashlib.sha256()
        with self._readable():
            self.size = path.stat().st_size

    def __iter__(self) -> Iterator[bytes]:
        with self._readable():
            file = self._path.open("rb")
        with file:
            left = self.size  # no more: it may grow faster than we send
            while left:
                with self._readable():
                    piece = file.read(min(left, _PIECE))
                if not piece:
                    return
                left -= len(piece)
                self._hash.update(piece)
                self._moved(len(piece))
                yield piece

    def check(self, sha256: str) -> None:
        """Raises LocalFailure when what was read is not what was to be sent."""
        if self._hash.hexdigest() != sha256:
            raise LocalFailure(f"{self._path} changed while it was uploaded", "run the command again")

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnreadableFile(str(self._path), error.strerror or str(error)) from error


def _credential(storage: Storage) -> Any:
    if storage.key is not None:
        # With the name: a path-style endpoint does not tell it.
        return {"account_name": storage.name, "account_key": storage.key}
    from batchspec.service.entra import default_credential  # slow, and only without a key

    return default_credential()
