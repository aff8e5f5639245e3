"""Output files: what a task's directory gives to storage after its command."""

from __future__ import annotations

import os
from base64 import b64encode
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from batchspec.emulator.engine import faults, http
from batchspec.emulator.engine.faults import Failed
from batchspec.emulator.engine.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from batchspec.emulator.engine.cancel import Cancel
    from batchspec.emulator.engine.records import Body

    Put = Callable[[str, Mapping[str, str], bytes], bool]

BLOCK = 32 * 1024 * 1024
"""Larger files go up in blocks of this size."""
_API = "2021-08-06"
_TYPE = "application/octet-stream"
_BLOB: Final = {"x-ms-version": _API, "x-ms-blob-type": "BlockBlob", "content-type": _TYPE}
_FEW = 8
_SMALL = 64 * 1024
"""What is sent at once is no more files, and no larger ones, so that nothing else waits long for it."""
_LOGS = ("fileuploadout.txt", "fileuploaderr.txt")


def wanted(entries: list[Body] | None, *, success: bool) -> list[Body]:
    """The OutputFile entries whose condition holds."""
    holding = ("taskcompletion", "tasksuccess" if success else "taskfailure")
    return [entry for entry in entries or () if _condition(entry) in holding]


class Order(NamedTuple):
    """A file to send, and where to; the container's SAS is in the URL."""

    pattern: str
    file: str
    url: str
    headers: Mapping[str, str]


class Upload:
    """What a run gives to storage: found one after the other, sent, and logged as the service does.

    A pattern that matches nothing uploads nothing, which is no failure. Methods raise Failed at the first file
    that fails.
    """

    def __init__(self, entries: list[Body], run_dir: str, urls: Callable[[str], str]) -> None:
        self._entries, self._run_dir, self._urls = entries, run_dir, urls
        self._found = self._find()
        self._left: Iterator[Order] = self._found
        self.done = False

    def send_near(self, put: Put) -> None:
        """Send what `put` takes at once, a few small files at most; `done` says whether that was all."""
        if not all(_quickly_found(entry) for entry in self._entries):
            return
        for count, order in enumerate(self._found):
            if count == _FEW or order.headers or not _put_near(order, put):
                self._left = chain((order,), self._found)
                return
        self.done = True

    def send(self, cancel: Cancel) -> None:
        """Send what is left, over HTTP."""
        with closing(self._found):
            for order in self._left:
                try:
                    _send(order, cancel)
                except OSError as error:  # noqa: PERF203 - it is over then
                    raise self._failed(error, order.pattern, order.file, order.url) from None

    def _find(self) -> Generator[Order, None, None]:
        # The names of files are bytes.
        with Path(self._run_dir, _LOGS[0]).open("w", encoding="utf-8", errors="surrogateescape") as log:
            for entry in self._entries:
                pattern, container = entry["filePattern"], entry["destination"]["container"]
                headers = {item["name"]: item["value"] for item in container.get("uploadHeaders") or ()}
                log.write(f"Uploading all files matching pattern {pattern}\n")
                there = self._urls(container["containerUrl"])
                for file, name in matches(self._run_dir, pattern, container.get("path")):
                    try:
                        url = http.blob_url(there, name)
                    except OSError as error:
                        raise self._failed(error, pattern, file, there) from None
                    log.write(f"{file} -> {faults.plain(url)}\n")
                    yield Order(pattern, file, url, headers)

    def _failed(self, error: OSError, pattern: str, file: str, url: str) -> Failed:
        status = error.status if isinstance(error, http.Rejected) else None
        said = f"{pattern}: {file}: {faults.plain(str(error))}\n"
        Path(self._run_dir, _LOGS[1]).write_text(said, encoding="utf-8", errors="surrogateescape")
        return Failed(faults.upload(error, status, url, pattern))


def _quickly_found(entry: Body) -> bool:
    """Whether no more than the run's own directory is looked through for it: there stand its logs."""
    pattern: str = entry["filePattern"]
    return pattern.startswith("../") and "/" not in pattern[3:]


def _put_near(order: Order, put: Put) -> bool:
    try:
        file = os.open(order.file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            data = os.read(file, _SMALL + 1)
        finally:
            os.close(file)
    except OSError:
        return False  # `send` meets it, too, and says so
    return len(data) <= _SMALL and put(order.url, _BLOB, data)


def _send(order: Order, cancel: Cancel) -> None:
    with Path(order.file).open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        if size <= BLOCK:
            headers = {**_BLOB, **order.headers, "x-ms-blob-type": "BlockBlob"}
            _put(order.url, http.Slice(source, 0, size), headers, cancel)
        else:
            _send_blocks(source, size, order.url, {"x-ms-version": _API, **order.headers}, cancel)


def _send_blocks(source: BinaryIO, size: int, url: str, headers: dict[str, str], cancel: Cancel) -> None:
    ids: list[str] = []
    for start in range(0, size, BLOCK):
        ids.append(b64encode(f"{len(ids):08d}".encode()).decode())
        part = http.Slice(source, start, min(BLOCK, size - start))
        _put(f"{url}{_and(url)}comp=block&blockid={quote(ids[-1])}", part, {"x-ms-version": _API}, cancel)
    blocks = "".join(f"<Latest>{escape(id_)}</Latest>" for id_ in ids)
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{blocks}</BlockList>'.encode()
    _put(f"{url}{_and(url)}comp=blocklist", body, headers, cancel)


def _put(url: str, body: http.Slice | bytes, headers: dict[str, str], cancel: Cancel) -> None:
    typed = {"content-type": _TYPE, **headers}
    with http.request(url, cancel, method="PUT", body=body, headers=typed):
        pass  # its status says all


def _and(url: str) -> str:
    return "&" if urlsplit(url).query else "?"


def _condition(entry: Body) -> str:
    return str((entry.get("uploadOptions") or {}).get("uploadCondition") or "taskcompletion").lower()
