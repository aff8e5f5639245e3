"""The headers that describe a blob: as a request sets them, as an answer carries them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from batchspec.emulator.blob.errors import BlobError, bad_header
from batchspec.emulator.blob.model import Blob
from batchspec.emulator.blob.naming import metadata_headers
from batchspec.emulator.blob.sas import OVERRIDDEN_HEADERS
from batchspec.emulator.wire.times import header_time

CONTENT_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Content-Language",
    "Content-Disposition",
    "Cache-Control",
    "Content-MD5",
)
DEFAULT_TYPE = "application/octet-stream"


def read_properties(headers: Mapping[str, str], *, standard: bool) -> dict[str, str]:
    """The content headers that a write sets: `x-ms-blob-content-type` and its like.

    With `standard`, as for Put Blob, `Content-Type` and its like stand in where those are not given. The MD5
    of the body that is sent, `Content-MD5`, never does: it is the body's, not always the blob's.
    """
    found = {}
    for name in CONTENT_HEADERS:
        value = headers.get(f"x-ms-blob-{name.lower()}", "")
        if not value and standard and name != "Content-MD5":
            value = headers.get(name.lower(), "")
        if value:
            found[name] = value
    if "Content-MD5" in found:
        decode_md5("x-ms-blob-content-md5", found["Content-MD5"])
    return found


def check_md5(headers: Mapping[str, str], digest: bytes) -> None:
    """Raise unless the body that came is the one that the request announced, if it did."""
    for name in ("content-md5", "x-ms-blob-content-md5"):
        announced = headers.get(name)
        if announced and decode_md5(name, announced) != digest:
            right = base64.b64encode(digest).decode()
            raise BlobError("Md5Mismatch", UserSpecifiedMd5=announced, ServerCalculatedMd5=right)


def decode_md5(name: str, text: str) -> bytes:
    """The digest in a header; raises when it is none."""
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        raise BlobError("InvalidHeaderValue", HeaderName=name, HeaderValue=text)
    return digest


def stamp(blob: Blob) -> dict[str, str]:
    """The version of a blob, as the answer to every write carries it."""
    return {"ETag": blob.etag, "Last-Modified": header_time(blob.modified)}


def describe(blob: Blob, sas: Mapping[str, str] | None) -> dict[str, str]:
    """All headers of a blob, as a read carries them; a SAS may set some of them."""
    overridden = {header: sas[name] for name, header in OVERRIDDEN_HEADERS.items() if sas is not None and sas.get(name)}
    return {
        **stamp(blob),
        "Accept-Ranges": "bytes",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": header_time(blob.created),
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-server-encrypted": "false",
        "Content-Type": DEFAULT_TYPE,
        **blob.properties,
        **metadata_headers(blob.metadata),
        **overridden,
    }


def require_block_blob(headers: Mapping[str, str]) -> None:
    """Raise unless the header that Put Blob needs names the one kind of blob there is here."""
    kind = headers.get("x-ms-blob-type")
    if kind is None:
        raise BlobError("MissingRequiredHeader", HeaderName="x-ms-blob-type")
    if kind in ("PageBlob", "AppendBlob"):
        raise BlobError("NotImplemented", Operation=f"Put Blob ({kind})")
    if kind != "BlockBlob":
        raise bad_header("x-ms-blob-type", kind)
