"""Operations on one blob as a whole."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence

from batchspec.emulator.blob.call import Call, Reply
from batchspec.emulator.blob.conditions import check_read, check_write
from batchspec.emulator.blob.contents import CHUNK
from batchspec.emulator.blob.errors import BlobError, not_implemented
from batchspec.emulator.blob.model import Blob, Block, Container
from batchspec.emulator.blob.naming import check_blob, metadata_headers, read_metadata
from batchspec.emulator.blob.operations.properties import (
    DEFAULT_TYPE,
    check_md5,
    describe,
    read_properties,
    require_block_blob,
    stamp,
)
from batchspec.emulator.blob.ranges import read_range
from batchspec.emulator.blob.store import BlobStore

MAX_PUT = 5000 * 1024 * 1024
_MAX_RANGE_MD5 = 4 * 1024 * 1024


async def put(store: BlobStore, call: Call) -> Reply:
    """Make a blob of the request's body, or replace it."""
    if "x-ms-copy-source" in call.headers:
        raise not_implemented("Put Blob From URL" if "x-ms-blob-type" in call.headers else "Copy Blob")
    require_block_blob(call.headers)
    check_blob(call.blob)
    if call.content_length > MAX_PUT:
        raise BlobError("RequestBodyTooLarge", MaxLimit=str(MAX_PUT))
    metadata = read_metadata(call.headers)
    properties = {"Content-Type": DEFAULT_TYPE, **read_properties(call.headers, standard=True)}
    if call.content_length > CHUNK:  # a small body has come before it could be refused
        check_replacing(store, call)
    with store.contents.receive() as receipt:
        async for chunk in call.body():
            receipt.write(chunk)
        receipt.close()
        check_md5(call.headers, receipt.md5)
        # while a body came, others wrote: what held before is asked again
        container, _ = check_replacing(store, call)
        md5 = base64.b64encode(receipt.md5).decode()
        blocks = [Block("", receipt.name, receipt.size)] if receipt.size else []
        blob = store.put(container, call.blob, blocks, {"Content-MD5": md5, **properties}, metadata)
    return Reply(201, {**stamp(blob), "Content-MD5": md5, "x-ms-request-server-encrypted": "false"})


async def get(store: BlobStore, call: Call) -> Reply:
    """The content of a blob or of a range of it."""
    blob = _read(store, call)
    headers = describe(blob, call.sas)
    asked = read_range(call.headers, blob.size)
    part = range(blob.size) if asked is None else asked
    chunks = store.contents.read(_cut(store.committed(blob), part))
    headers["Content-Length"] = str(len(part))
    if asked is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{blob.size}"
        # beside a range, Content-MD5 would be the range's
        if "Content-MD5" in headers:
            headers["x-ms-blob-content-md5"] = headers.pop("Content-MD5")
    if call.headers.get("x-ms-range-get-content-md5", "").lower() == "true":
        if asked is None or len(part) > _MAX_RANGE_MD5:
            raise BlobError("OutOfRangeInput", Reason="the MD5 of a range is there for ranges up to 4 MiB")
        body = b"".join(chunks)
        headers["Content-MD5"] = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        return Reply(206, headers, body)
    # what is read in one piece goes out in one piece
    body_or_chunks = b"".join(chunks) if len(part) <= CHUNK else _stream(chunks)
    return Reply(200 if asked is None else 206, headers, body_or_chunks)


async def properties(store: BlobStore, call: Call) -> Reply:
    """The headers that Get Blob would send."""
    blob = _read(store, call)
    return Reply(200, {**describe(blob, call.sas), "Content-Length": str(blob.size)})


async def metadata(store: BlobStore, call: Call) -> Reply:
    """The metadata of a blob, as headers."""
    blob = _read(store, call)
    return Reply(200, {**stamp(blob), **metadata_headers(blob.metadata)})


async def set_metadata(store: BlobStore, call: Call) -> Reply:
    """Replace the metadata of a blob."""
    _, blob = _existing(store, call)
    updated = store.update(blob, blob.properties, read_metadata(call.headers))
    return Reply(200, {**stamp(updated), "x-ms-request-server-encrypted": "false"})


async def set_properties(store: BlobStore, call: Call) -> Reply:
    """Replace the content headers of a blob; those that are not given are cleared, as the service does."""
    _, blob = _existing(store, call)
    updated = store.update(blob, read_properties(call.headers, standard=False), blob.metadata)
    return Reply(200, stamp(updated))


async def delete(store: BlobStore, call: Call) -> Reply:
    """Remove a blob."""
    if call.headers.get("x-ms-delete-snapshots", "include").lower() != "include":
        raise not_implemented("Delete Blob (snapshots only)")
    container, blob = _existing(store, call)
    store.delete(container, blob)
    return Reply(202, {"x-ms-delete-type-permanent": "true"})


def check_replacing(store: BlobStore, call: Call) -> tuple[Container, Blob | None]:
    """Where a blob is to be written, and what stands there; raises unless this request may replace it."""
    container = store.container(call.container)
    blob = store.find(container, call.blob)
    check_write(call.headers, blob.etag if blob else None, blob.modified if blob else 0)
    if blob is not None and not call.may_overwrite:
        raise BlobError("UnauthorizedBlobOverwrite")
    return container, blob


def _existing(store: BlobStore, call: Call) -> tuple[Container, Blob]:
    container, blob = store.container(call.container), None
    blob = store.find(container, call.blob)
    if blob is None:
        raise BlobError("BlobNotFound")
    check_write(call.headers, blob.etag, blob.modified)
    return container, blob


def _read(store: BlobStore, call: Call) -> Blob:
    blob = store.find(store.container(call.container), call.blob)
    if blob is None:
        raise BlobError("BlobNotFound")
    check_read(call.headers, blob.etag, blob.modified)
    return blob


def _cut(blocks: Sequence[Block], part: range) -> Iterator[tuple[str, range]]:
    """The parts of content files that make up a part of their concatenation."""
    position = 0
    for block in blocks:
        first, last = max(part.start - position, 0), min(part.stop - position, block.size)
        if first < last:
            yield block.content, range(first, last)
        position += block.size


async def _stream(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
