"""What is sent to change something in place: the JSON of a patch, from the differences of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from batchspec.compiler.attributes import attributes
from batchspec.planning.change import Change
from batchspec.planning.differences import Difference
from batchspec.planning.owner import marks
from batchspec.planning.places import Place, first, place
from batchspec.planning.same import plain
from batchspec.planning.unset import reset
from batchspec.ports import MARKS, NOTED


def patch(kind: str, version: str, body: Any, found: Iterable[Difference], places: frozenset[Place]) -> dict[str, Any]:
    """The members of a patch for those differences that change in one of these places; metadata is apart."""
    names = dict.fromkeys(first(one) for one in found if place(kind, version, one) in places)
    return {
        attributes(body)[name]["key"]: value(kind, body, name)
        for name in names
        if name != "metadata" and name in attributes(body)
    }


def value(kind: str, body: Any, name: str) -> Any:
    """The JSON of one field, whole, as a patch overwrites it; or what takes it back to the service's own default."""
    wanted = plain(getattr(body, name))
    standard = reset(kind, body, name)
    if name == "constraints":
        return {**(standard or {}), **(wanted or {})}
    return standard if wanted is None else wanted


def marked(change: Change) -> bool:
    """Whether metadata of the spec's own differs."""
    return any(first(one) == "metadata" for one in change.differences)


def metadata(body: Any, live: Mapping[str, str], change: Change | None = None) -> dict[str, str]:
    """The metadata that an object shall have: the spec's, our marks, and what we have noted there.

    change: with it, what others have written there stays as well, but for what the change says is no longer set.
    """
    gone = {one.path for one in change.differences if one.wanted is None} if change is not None else set()
    others = {key for key in live if change is not None and key not in MARKS and f"metadata[{key}]" not in gone}
    kept = {key: text for key, text in live.items() if key in NOTED | others}
    return {**kept, **marks(body)}


def entries(metadata: Mapping[str, str]) -> list[dict[str, str]]:
    """The JSON of metadata."""
    return [{"name": name, "value": text} for name, text in metadata.items()]
