"""Inputs from the spec's own container: from links back to `{blob: ...}`.

A link has lost its signature when it was taken from the service, or has an identity in its place. As a blob's name it
is signed anew by whoever applies the spec, and opened by whatever identity the spec names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import quote, unquote

from batchspec.spec.model import Input
from batchspec.spec.shape import Text

Body = dict[str, Any]
_INPUT = re.compile(r"(https?://.+/[a-z0-9-]+)/inputs/[0-9a-f]{64}")
_LINKS = {"containerUrl": "container_url", "storageContainerUrl": "storage_container_url", "httpUrl": "url"}


def container_of(links: Iterable[str], name: str) -> str:
    """The URL of the container that links lead into, "" when none is known.

    name: the container's, as the marks tell it; without it, the one where local files are kept as we keep them.
    """
    named = re.compile(rf"(https?://[^/]+(?:/[^/]+)?/{re.escape(name)})/.")
    found = ((named if name else _INPUT).match(link) for link in sorted(links))
    return next((match[1] for match in found if match is not None), "")


def blob_of(url: Any, container: str) -> str | None:
    """The name of a blob of the container, None where no name of ours gives that URL again."""
    start = f"{container}/"
    if not container or not isinstance(url, str) or not url.startswith(start):
        return None
    name = unquote(url[len(start) :])
    shape = Input.rows["blob"].shape
    assert isinstance(shape, Text), "a name"
    good = shape.accepts(name) and "${{" not in name and quote(name) == url[len(start) :]
    return name if good else None


def named(spec: Any, container: str, links: Collection[str]) -> Any:
    """A spec with its inputs from the container as blobs. links: those that had a signature or an identity."""
    if isinstance(spec, list):
        return [named(one, container, links) for one in spec]
    if not isinstance(spec, dict):
        return spec
    return {
        key: [_named(item, container, links) for item in value]
        if key in ("inputs", "common_resource_files")
        else named(value, container, links)
        for key, value in spec.items()
    }


def _named(item: Body, container: str, links: Collection[str]) -> Body:
    url = item.get("url")
    blob = blob_of(url, container) if url in links or "identity_reference" in item else None
    return item if blob is None else {"blob": blob, **{key: value for key, value in item.items() if key != "url"}}


def without_identity(value: Any, identity: str, container: str, links: set[str]) -> Any:
    """Bodies without the identity that opens the container, which a spec says once. links: gets what had it."""
    if isinstance(value, list):
        return [without_identity(one, identity, container, links) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: without_identity(one, identity, container, links) for key, one in value.items()}
    if (made.get("identityReference") or {}).get("resourceId") != identity:
        return made
    url = next((made[key] for key in _LINKS if key in made), None)
    if url != container and blob_of(url, container) is None:
        return made
    links.add(str(url))
    del made["identityReference"]
    return made


def with_identity(spec: Any, identity: str, container: str) -> Any:
    """The same identity put back where the spec still has the container's own link."""
    if isinstance(spec, list):
        return [with_identity(one, identity, container) for one in spec]
    if not isinstance(spec, dict):
        return spec
    made = {key: with_identity(one, identity, container) for key, one in spec.items()}
    if container in (made.get("container_url"), made.get("storage_container_url")):
        made.setdefault("identity_reference", {"resource_id": identity})
    return made
