"""Operations on one container."""

from __future__ import annotations

from batchspec.emulator.blob.call import Call, Reply
from batchspec.emulator.blob.conditions import check_write
from batchspec.emulator.blob.documents import blobs_document
from batchspec.emulator.blob.model import Container
from batchspec.emulator.blob.naming import check_container, metadata_headers, read_metadata
from batchspec.emulator.blob.operations.paging import XML, marker_for, read_listing
from batchspec.emulator.blob.store import BlobStore
from batchspec.emulator.wire.times import header_time


async def create(store: BlobStore, call: Call) -> Reply:
    """Make a container."""
    check_container(call.container)
    container = store.create_container(call.container, read_metadata(call.headers))
    return Reply(201, _stamp(container))


async def properties(store: BlobStore, call: Call) -> Reply:
    """The properties and metadata of a container, as headers."""
    container = store.container(call.container)
    lease = {"x-ms-lease-status": "unlocked", "x-ms-lease-state": "available"}
    flags = {"x-ms-has-immutability-policy": "false", "x-ms-has-legal-hold": "false"}
    return Reply(200, {**_stamp(container), **lease, **flags, **metadata_headers(container.metadata)})


async def set_metadata(store: BlobStore, call: Call) -> Reply:
    """Replace the metadata of a container."""
    container = store.container(call.container)
    check_write(call.headers, container.etag, container.modified)
    return Reply(200, _stamp(store.set_container_metadata(container, read_metadata(call.headers))))


async def delete(store: BlobStore, call: Call) -> Reply:
    """Remove a container and what is in it, at once (the service takes its time)."""
    container = store.container(call.container)
    check_write(call.headers, container.etag, container.modified)
    store.delete_container(container)
    return Reply(202)


async def list_blobs(store: BlobStore, call: Call) -> Reply:
    """The blobs of a container, a page at a time, flat or by a delimiter."""
    container = store.container(call.container)
    listing = read_listing(call)
    page = store.list_blobs(container, listing.prefix, listing.delimiter, listing.start, listing.limit)
    marker = marker_for(page.next_name) if page.next_name is not None else ""
    document = blobs_document(
        call.base_url,
        container.name,
        page,
        listing.echo(),
        marker,
        metadata="metadata" in listing.include,
    )
    return Reply(200, XML, document)


def _stamp(container: Container) -> dict[str, str]:
    return {"ETag": container.etag, "Last-Modified": header_time(container.modified)}
