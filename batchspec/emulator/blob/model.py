"""What the store keeps, as values. Times are whole seconds of Unix time; ETags are quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Container:
    """A container and its own properties."""

    id: int
    name: str
    etag: str
    modified: int
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Blob:
    """A committed block blob. `properties` are its content headers (Content-Type, Content-MD5, ...)."""

    id: int
    container: int
    name: str
    size: int
    etag: str
    created: int
    modified: int
    properties: Mapping[str, str]
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Block:
    """A piece of a blob and the content file that holds it; `id` is "" for the whole of a Put Blob."""

    id: str
    content: str
    size: int


@dataclass(frozen=True)
class Page:
    """Part of a listing: blobs and common prefixes in order, and the name to go on from, if any."""

    items: tuple[Blob | str, ...]
    next_name: str | None
