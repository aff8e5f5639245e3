"""What containers, blobs and metadata may be called.

Source: Microsoft, "Naming and referencing containers, blobs, and metadata".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from batchspec.emulator.blob.errors import BlobError

_CONTAINER = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_SPECIAL_CONTAINERS = frozenset({"$root", "$web", "$logs"})
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc
_MAX_BLOB_NAME = 1024
_MAX_METADATA = 8192
_META = "x-ms-meta-"


def check_container(name: str) -> None:
    """Raise unless the service would take this name for a container."""
    if not _CONTAINER.fullmatch(name) and name not in _SPECIAL_CONTAINERS:
        raise BlobError("InvalidResourceName", ResourceName=name)


def check_blob(name: str) -> None:
    """Raise unless the service would take this name for a blob."""
    if len(name) > _MAX_BLOB_NAME:
        raise BlobError("OutOfRangeInput", Reason=f"a blob name has at most {_MAX_BLOB_NAME} characters")
    if has_control_characters(name):
        raise BlobError("InvalidUri", Reason="a blob name has no control characters")


def has_control_characters(text: str) -> bool:
    """Whether there is a character that neither a name nor an XML document can carry."""
    return bool(_CONTROL.search(text))


def read_metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """The `x-ms-meta-` headers, by name without that prefix; raises for names that are no identifiers."""
    metadata = {name[len(_META) :]: value for name, value in headers.items() if name.startswith(_META)}
    for name in metadata:
        if not _IDENTIFIER.fullmatch(name):
            raise BlobError("InvalidMetadata", HeaderName=_META + name)
    if sum(len(name) + len(value) for name, value in metadata.items()) > _MAX_METADATA:
        raise BlobError("MetadataTooLarge")
    return metadata


def metadata_headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata as the headers that carry it."""
    return {_META + name: value for name, value in metadata.items()}
