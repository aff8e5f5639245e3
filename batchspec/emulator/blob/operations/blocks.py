"""Operations on the blocks that a blob is made of."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from batchspec.emulator.blob.blocklist import MAX_DOCUMENT, check_block_id, read_block_list
from batchspec.emulator.blob.call import Call, Reply
from batchspec.emulator.blob.documents import block_list_document
from batchspec.emulator.blob.errors import BlobError, bad_query, not_implemented
from batchspec.emulator.blob.model import Block
from batchspec.emulator.blob.naming import check_blob, read_metadata
from batchspec.emulator.blob.operations.blobs import check_replacing
from batchspec.emulator.blob.operations.paging import XML
from batchspec.emulator.blob.operations.properties import DEFAULT_TYPE, check_md5, read_properties, stamp
from batchspec.emulator.blob.store import BlobStore

MAX_BLOCK = 4000 * 1024 * 1024


async def put_block(store: BlobStore, call: Call) -> Reply:
    """Stage a block for a later Put Block List."""
    if "x-ms-copy-source" in call.headers:
        raise not_implemented("Put Block From URL")
    check_blob(call.blob)
    block = call.query.get("blockid")
    if block is None:
        raise BlobError("MissingRequiredQueryParameter", QueryParameterName="blockid")
    check_block_id(block)
    if call.content_length > MAX_BLOCK:
        raise BlobError("RequestBodyTooLarge", MaxLimit=str(MAX_BLOCK))
    store.container(call.container)
    with store.contents.receive() as receipt:
        async for chunk in call.body():
            receipt.write(chunk)
        receipt.close()
        check_md5(call.headers, receipt.md5)
        container = store.container(call.container)
        others = store.staged(container, call.blob)
        if others and len(others[0].id) != len(block):
            # all ids of a blob have one length
            raise BlobError("InvalidBlobOrBlock")
        store.stage(container, call.blob, Block(block, receipt.name, receipt.size))
        md5 = base64.b64encode(receipt.md5).decode()
    return Reply(201, {"Content-MD5": md5, "x-ms-request-server-encrypted": "false"})


async def put_list(store: BlobStore, call: Call) -> Reply:
    """Make a blob of blocks that were staged, or that it already has."""
    if call.content_length > MAX_DOCUMENT:
        raise BlobError("RequestBodyTooLarge", MaxLimit=str(MAX_DOCUMENT))
    document = b"".join([chunk async for chunk in call.body()])
    wanted = read_block_list(document)
    metadata = read_metadata(call.headers)
    properties = {"Content-Type": DEFAULT_TYPE, **read_properties(call.headers, standard=False)}
    container, old = check_replacing(store, call)
    committed = {block.id: block for block in store.committed(old)} if old else {}
    staged = {block.id: block for block in store.staged(container, call.blob)}
    sources: Mapping[str, Mapping[str, Block]] = {
        "Committed": committed,
        "Uncommitted": staged,
        "Latest": {**committed, **staged},
    }
    try:
        blocks = [sources[kind][block] for kind, block in wanted]
    except KeyError:
        raise BlobError("InvalidBlockList") from None
    blob = store.put(container, call.blob, blocks, properties, metadata)
    return Reply(201, {**stamp(blob), "x-ms-request-server-encrypted": "false"})


async def get_list(store: BlobStore, call: Call) -> Reply:
    """The committed blocks of a blob, those staged for it, or both."""
    kind = call.query.get("blocklisttype", "committed").lower()
    if kind not in ("committed", "uncommitted", "all"):
        raise bad_query("blocklisttype", kind, "neither committed, uncommitted nor all")
    container = store.container(call.container)
    blob = store.find(container, call.blob)
    staged = store.staged(container, call.blob)
    if blob is None and not staged:
        raise BlobError("BlobNotFound")
    # what Put Blob made has no blocks to tell of
    committed = [block for block in store.committed(blob) if block.id] if blob else []
    document = block_list_document(
        None if kind == "uncommitted" else committed, None if kind == "committed" else staged
    )
    described = stamp(blob) if blob else {}
    size = {"x-ms-blob-content-length": str(blob.size if blob else 0)}
    return Reply(200, {**XML, **described, **size}, document)
