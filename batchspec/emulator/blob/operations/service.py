"""Operations on the account as a whole."""

from __future__ import annotations

from batchspec.emulator.blob.call import Call, Reply
from batchspec.emulator.blob.documents import SERVICE_PROPERTIES, containers_document
from batchspec.emulator.blob.operations.paging import XML, marker_for, read_listing
from batchspec.emulator.blob.store import BlobStore


async def list_containers(store: BlobStore, call: Call) -> Reply:
    """The containers of the account, a page at a time."""
    listing = read_listing(call)
    found = store.containers(listing.prefix, listing.start, listing.limit + 1)
    marker = marker_for(found[listing.limit].name) if len(found) > listing.limit else ""
    document = containers_document(
        call.base_url, found[: listing.limit], listing.echo(), marker, metadata="metadata" in listing.include
    )
    return Reply(200, XML, document)


async def properties(_: BlobStore, __: Call) -> Reply:
    """The settings of the service, which are those of a new account."""
    return Reply(200, XML, SERVICE_PROPERTIES)
