"""A request body against what the service tells: the fields that the spec sets, and nothing else.

The walk follows the SDK's own maps, so every field of every model is compared by its type. What the service never
tells, such as passwords, cannot be compared and is passed over: see `batchspec.planning.since`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from batchspec.compiler.attributes import attributes, is_model
from batchspec.compiler.files import LOGS
from batchspec.compiler.record import BY_NAME, HIDDEN
from batchspec.manager import LINK_VARIABLE
from batchspec.planning.same import plain, same, unsigned
from batchspec.planning.usual import CHOSEN, usual
from batchspec.ports import MARKS

# Texts whose old value may be told: ids, names and sizes. Any other may have been made with a secret of that time, of
# which nobody knows any more.
_TOLD = frozenset(
    {
        "id",
        "vm_size",
        "publisher",
        "offer",
        "sku",
        "version",
        "auto_scale_formula",
        "file_path",
        "file_mode",
        "image_name",
        "user_name",
    }
)
PERSIST = "logs.persist"  # what a spec says with one entry of a task's output files
_SIGNATURE = re.compile(r"\bsig=[^&\s'\"]+")


@dataclass(frozen=True)
class Difference:
    """A field that is not as wanted.

    path: of the SDK's attributes, such as start_task.command_line; names of settings stand in brackets.
    wanted, found: as JSON; None where there is nothing. shown: whether the values may be told; old: whether the one
    that was found may be. hidden: it is of a value that the service never tells; wanted says so in words.
    """

    path: str
    wanted: Any
    found: Any
    shown: bool = True
    old: bool = True
    hidden: bool = False


def differences(body: Any, live: Mapping[str, Any], *, skip: frozenset[str] = frozenset()) -> Iterator[Difference]:
    """The fields that are set in a request body and are not so in the service's JSON.

    skip: attributes of the body itself that are compared elsewhere.
    """
    for attribute, entry in attributes(body).items():
        wanted = getattr(body, attribute)
        if wanted is None or attribute in skip or attribute in HIDDEN or _unsaid(body, attribute, entry, live):
            continue
        yield from _differ(attribute, attribute, entry["type"], wanted, live.get(entry["key"]))


def _unsaid(body: Any, attribute: str, entry: Mapping[str, str], live: Mapping[str, Any]) -> bool:
    """Whether the service tells nothing of a field that the spec sets to what it is by itself."""
    if live.get(entry["key"]) is not None:
        return False
    standard = usual(type(body).__name__, attribute)
    if standard is None or standard is CHOSEN:
        return False
    several = standard if isinstance(standard, tuple) else (standard,)
    return any(same(attribute, entry["type"], getattr(body, attribute), one) for one in several)


def _differ(path: str, attribute: str, kind: str, wanted: Any, found: Any) -> Iterator[Difference]:
    if isinstance(wanted, (list, tuple)):
        yield from _lists(path, attribute, kind[1:-1], wanted, found or ())
    elif is_model(wanted):
        inside = found if isinstance(found, Mapping) else {}
        for one in differences(wanted, inside):
            yield replace(one, path=f"{path}.{one.path}")
    elif isinstance(wanted, Mapping):
        if dict(wanted) != dict(found or {}):
            yield Difference(path, dict(wanted), found, shown=False)
    elif not same(attribute, kind, wanted, found):
        old = found is None or tells(attribute, kind)
        yield Difference(path, _bare(plain(wanted)), _bare(found) if old else None, old=old)


def _lists(path: str, attribute: str, kind: str, wanted: Sequence[Any], found: Sequence[Any]) -> Iterator[Difference]:
    if attribute == "output_files" and keeps_logs(found) is not (kept := LOGS in [one.file_pattern for one in wanted]):
        yield Difference(PERSIST, kept, not kept)
        wanted = [one for one in wanted if one.file_pattern != LOGS]
        found = [one for one in found if one["filePattern"] != LOGS]
    if kind in BY_NAME:
        yield from _named(path, wanted, found)
    elif len(wanted) != len(found):
        yield Difference(path, _count(wanted), _count(found))
    else:
        for at, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _differ(f"{path}[{at}]", attribute, kind, one, other)


def keeps_logs(found: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what the task prints is among the files that the service keeps of it."""
    return any(one.get("filePattern") == LOGS for one in found)


def _named(path: str, wanted: Sequence[Any], found: Sequence[Any]) -> Iterator[Difference]:
    """Settings with names: their order says nothing. Their values are not told: they may be secret, or have been.

    Metadata is anybody's to add to; what is more there than the spec has is left alone.
    """
    here = {item.name: item.value or "" for item in wanted if item.name not in MARKS}
    there = names_of(found)
    for name in sorted(here if path.endswith("metadata") else here.keys() | there.keys()):
        if _setting(name, here.get(name)) != _setting(name, there.get(name)):
            yield Difference(f"{path}[{name}]", here.get(name), there.get(name), shown=False)


def names_of(found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Settings as the service tells them, by name, without our marks."""
    return {item["name"]: item.get("value") or "" for item in found if item["name"] not in MARKS}


def tells(attribute: str, kind: str) -> bool:
    """Whether the value that a field had may be told."""
    return kind not in ("str", "object") or attribute in _TOLD or attribute.endswith("_id")


def _bare(value: Any) -> Any:
    """A value without the signature of a link, which nobody but the nodes may see."""
    return _SIGNATURE.sub("sig=***", unsigned(value)) if isinstance(value, str) else value


def _setting(name: str, value: str | None) -> str | None:
    """What tells a setting from another: links of ours are signed anew by each apply."""
    return unsigned(value) if value is not None and name.startswith(LINK_VARIABLE) else value


def _count(items: Sequence[Any]) -> str:
    return f"{len(items)} entr{'y' if len(items) == 1 else 'ies'}"
