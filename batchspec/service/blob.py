"""Blob storage through its SDK: no retries, and files are moved in pieces."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient, generate_blob_sas, generate_container_sas

from batchspec.errors import LocalFailure, UnreadableFile, UsageError
from batchspec.ports import BlobView
from batchspec.service.account import Account, Storage
from batchspec.service.batch import CONNECT, READ, is_loopback
from batchspec.service.translate import translated

_PIECE = 4 * 1024 * 1024  # bytes in one request
_DELEGATION = timedelta(days=7)  # as long as the service lets a user delegation key live
_SKEW = timedelta(minutes=15)  # between our clock and the service's


class AzureBlob:
    """The BlobPort of an account; close it."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def close(self) -> None:
        """Close the connections."""
        if "_client" in vars(self):
            self._client.close()

    @property
    def url(self) -> str:
        return self._storage.url

    def ensure_container(self, container: str) -> None:
        with translated(self.url), _unless("ContainerAlreadyExists"):
            self._client.create_container(container)

    def list_blobs(self, container: str, prefix: str) -> Iterator[BlobView]:
        with translated(self.url):
            for found in self._client.get_container_client(container).list_blobs(prefix):
                yield BlobView(found.name, found.size)

    def upload(self, container: str, blob: str, path: Path, moved: Callable[[int], None]) -> None:
        try:
            with path.open("rb") as file, translated(self.url), _unless("BlobAlreadyExists"):
                size = os.fstat(file.fileno()).st_size
                # overwrite=False sends If-None-Match: *, so of two uploads of one content the second is done.
                self._client.get_blob_client(container, blob).upload_blob(
                    _pieces(file, moved), length=size, overwrite=False, max_concurrency=1
                )
        except OSError as error:
            raise UnreadableFile(str(path), error.strerror or str(error)) from error

    def download(self, container: str, blob: str, path: Path, moved: Callable[[int], None]) -> None:
        part = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex[:8]}.part")
        try:
            with part.open("xb") as file, translated(self.url):
                for piece in self._client.get_blob_client(container, blob).download_blob().chunks():
                    file.write(piece)
                    moved(len(piece))
            part.replace(path)
        except OSError as error:
            raise LocalFailure(f"cannot write {path}: {error.strerror or error}") from error
        finally:
            part.unlink(missing_ok=True)

    def delete_blob(self, container: str, blob: str) -> None:
        with translated(self.url):
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
            max_block_size=_PIECE,
            max_single_get_size=_PIECE,
            max_chunk_get_size=_PIECE,
            use_env_settings=not is_loopback(storage.url),
        )

    @cached_property
    def _delegation_key(self) -> Any:
        now = datetime.now(timezone.utc)
        with translated(self.url):
            return self._client.get_user_delegation_key(now - _SKEW, now + _DELEGATION - _SKEW)


@contextmanager
def _unless(code: str) -> Iterator[None]:
    """Let pass that it exists already; not that it is being deleted, which is a conflict as well."""
    try:
        yield
    except ResourceExistsError as error:
        found = getattr(error, "error_code", None)
        if getattr(found, "value", found) != code:
            raise


def _pieces(file: BinaryIO, moved: Callable[[int], None]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        moved(len(piece))
        yield piece


def _credential(storage: Storage) -> Any:
    if storage.key is not None:
        # With the name: a path-style endpoint does not tell it.
        return {"account_name": storage.name, "account_key": storage.key}
    from batchspec.service.entra import default_credential  # slow, and only without a key

    return default_credential()
