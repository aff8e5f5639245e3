"""Resource files: what a task finds in its working directory before its command starts."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from http.client import HTTPException
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlencode

from batchspec.emulator.engine import faults, http
from batchspec.emulator.engine.cancel import Cancelled
from batchspec.emulator.engine.faults import Failed
from batchspec.emulator.engine.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from batchspec.emulator.engine.cancel import Cancel
    from batchspec.emulator.engine.records import Body

_CHUNK = 1 << 20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


def fetch_all(entries: list[Body], wd: Path, urls: Callable[[str], str], cancel: Cancel) -> None:
    """Fetch each ResourceFile into the working directory. Failed, or Cancelled once `cancel` is set."""
    for entry in entries:
        mode = int(entry["fileMode"], 8) if entry.get("fileMode") else None
        for url, path in _files(entry, urls, cancel):
            _fetch(url, _inside(wd, path), path, mode, cancel)


def _files(entry: Body, urls: Callable[[str], str], cancel: Cancel) -> Iterator[tuple[str, str]]:
    """The URLs of an entry and the path of each, relative to the working directory."""
    if url := entry.get("httpUrl"):
        yield urls(url), entry["filePath"]
    elif container := entry.get("storageContainerUrl"):
        base = urls(container)
        for name in _blobs(base, entry.get("blobPrefix"), cancel):
            # The blob's whole name is kept below filePath, its prefix included, as the service does.
            yield http.blob_url(base, name), str(PurePosixPath(entry.get("filePath") or "", name))


def _blobs(container: str, prefix: str | None, cancel: Cancel) -> Iterator[str]:
    """The names of a container's blobs, page by page."""
    marker: str | None = ""
    while marker is not None:
        query = {"restype": "container", "comp": "list", "prefix": prefix or "", "marker": marker}
        asked = urlencode({name: value for name, value in query.items() if value})
        try:
            parts = http.split(container)
            url = parts._replace(query="&".join(filter(None, (parts.query, asked)))).geturl()
            with http.request(url, cancel) as response:
                # The other side is the storage service that the task's author chose.
                page = ET.fromstring(response.read())  # noqa: S314 - see above; the names are confined anyway
        except http.Rejected as error:
            raise Failed(faults.download(error, container, prefix or "")) from None
        except (OSError, HTTPException, ET.ParseError, LookupError, ValueError) as error:  # also: in no known encoding
            raise Failed(faults.download(http.Rejected(str(error)), container, prefix or "")) from None
        for name in page.iterfind("Blobs/Blob/Name"):
            yield name.text or ""
        marker = page.findtext("NextMarker") or None


def _fetch(url: str, target: Path, path: str, mode: int | None, cancel: Cancel) -> None:
    for attempt in range(http.ATTEMPTS):
        try:
            with http.request(url, cancel) as response, _create(target, path) as file:
                while chunk := _read(response.read):
                    if cancel.is_set():
                        raise Cancelled
                    file.write(chunk)
                if response.length:  # the connection was closed before the announced end
                    raise http.Rejected(f"{response.length} bytes are missing")
            break
        except http.Rejected as error:
            # A request that was refused has been tried again already; a broken answer has not.
            if error.status is not None or attempt == http.ATTEMPTS - 1:
                raise Failed(faults.download(error, url, path)) from None
        except OSError as error:
            raise Failed(faults.disk(error, "ResourceFileWriteFailed", path)) from None
    if mode is not None:
        target.chmod(mode & 0o7777)


def _read(read: Callable[[int], bytes]) -> bytes:
    try:
        return read(_CHUNK)
    except (OSError, HTTPException) as error:
        raise http.Rejected(str(error) or type(error).__name__) from None


def _create(target: Path, path: str) -> BinaryIO:
    try:
        return os.fdopen(os.open(target, _NEW, 0o700), "wb")
    except OSError as error:
        raise Failed(faults.disk(error, "ResourceFileCreateFailed", path)) from None


def _inside(wd: Path, path: str) -> Path:
    """The place of a resource file; it never leaves the working directory, not even by a link."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise _outside(path)
    target = wd.joinpath(*parts)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(faults.disk(error, "ResourceDirectoryCreateFailed", path)) from None
    if not target.parent.resolve().is_relative_to(wd.resolve()):
        raise _outside(path)
    return target


def _outside(path: str) -> Failed:
    message = "A resource file's path leads out of the working directory"
    return Failed(Failure("UserError", "ResourceFileCreateFailed", message, (("FilePath", path),)))
