"""BS109, BS102: keys of the service's own models that exclude each other, and those of which one has to be there.

Every row is what the REST document says of the model's properties, in its words "mutually exclusive", "must be
specified together" or "valid only when".
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.check.walk import Walk
from batchspec.diag import Diagnostic
from batchspec.reading import Scalar
from batchspec.spec.build import Spec
from batchspec.spec.model import Input, PoolSpecification, Runs
from batchspec.spec.native import common, mounts, pools, tasks
from batchspec.spec.table import Bound

_CONTAINERS = ("storage_container_url", "auto_storage_container_name")


class _One:
    """At most one of these stands there; with `needed` exactly one. A group of keys may stand together."""

    def __init__(self, groups: tuple[tuple[str, ...], ...], needed: bool) -> None:
        self.groups = groups
        self.needed = needed


class _Only:
    """A key that stands only beside one of others."""

    def __init__(self, key: str, *beside: str) -> None:
        self.key = key
        self.beside = beside


def _one(*keys: str | tuple[str, ...], needed: bool = False) -> _One:
    return _One(tuple((key,) if isinstance(key, str) else key for key in keys), needed)


_TABLE: dict[type[Bound], tuple[_One | _Only, ...]] = {
    tasks.UserIdentity: (_one("user_name", "auto_user", needed=True),),
    mounts.MountConfiguration: (_one(*mounts.MountConfiguration.rows, needed=True),),
    mounts.AzureBlobFileSystemConfiguration: (_one("account_key", "sas_key", "identity_reference", needed=True),),
    common.ContainerRegistry: (_one(("user_name", "password"), "identity_reference"),),
    pools.LinuxUserConfiguration: (_Only("uid", "gid"), _Only("gid", "uid")),
    Input: (
        _one("to", "file_path"),
        _Only("file_path", "url", "blob"),
        _Only("blob_prefix", *_CONTAINERS),
    ),
    PoolSpecification: (_one(("image", "virtual_machine_configuration"), "cloud_service_configuration"),),
}
_WALK = Walk(lambda model: issubclass(model, (*_TABLE, Runs)))


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each place once: what is written in `job.task_defaults`, or behind an alias, is part of many tasks."""
    told: set[tuple[str, int, str]] = set()
    for bound in _WALK(spec.keys):
        _, keys = _rows(type(bound))
        for found, place in _judge(bound) if keys is None or not keys.isdisjoint(bound.node.values) else ():
            key = (place.file.path, place.start, found.message)
            if key not in told:
                told.add(key)
                yield found


_KNOWN: dict[type[Bound], tuple[tuple[_One | _Only, ...], frozenset[str] | None]] = {}


def _rows(model: type[Bound]) -> tuple[tuple[_One | _Only, ...], frozenset[str] | None]:
    """A model's rows, and the keys without which none of them can be broken; None when one has to be there."""
    if model not in _KNOWN:
        rows = next((rows for one, rows in _TABLE.items() if issubclass(model, one)), ())
        keys = {"user_identity"} if issubclass(model, Runs) else set()
        for row in rows:
            keys |= {name for group in row.groups[1:] for name in group} if isinstance(row, _One) else {row.key}
        is_needed = any(isinstance(row, _One) and row.needed for row in rows)
        _KNOWN[model] = rows, None if is_needed else frozenset(keys)
    return _KNOWN[model]


def _judge(bound: Bound) -> Iterator[tuple[Diagnostic, Scalar]]:
    rows, _ = _rows(type(bound))
    for row in rows:
        yield from _exclusive(bound, row) if isinstance(row, _One) else _lonely(bound, row)
    if isinstance(bound, Runs) and bound.elevated and bound.user_identity is not None:
        place = bound.node.keys["elevated"]
        hint = "write auto_user: {elevation_level: admin} in user_identity instead"
        yield _excluded(bound, "elevated", "user_identity", hint), place


def _exclusive(bound: Bound, row: _One) -> Iterator[tuple[Diagnostic, Scalar]]:
    keys = bound.node.keys
    written = sorted((keys[name].start, group, name) for group in row.groups for name in group if name in keys)
    for _, group, name in written[1:]:
        if group != written[0][1]:
            yield _excluded(bound, name, written[0][2], "keep one of them"), keys[name]
    if row.needed and not written:
        listed = ", ".join(f'"{name}"' for group in row.groups for name in group)
        message = f"one of the keys {listed} must be there"
        place = Scalar(bound.node.file, bound.node.start, bound.node.end, None)
        yield finding("BS102", message, place, bound.pointer), place


def _lonely(bound: Bound, row: _Only) -> Iterator[tuple[Diagnostic, Scalar]]:
    if not bound.has(row.key) or any(bound.has(name) for name in row.beside):
        return
    place, others = bound.node.keys[row.key], " or ".join(f'"{name}"' for name in row.beside)
    message, hint = f'"{row.key}" stands only beside {others}', f"take it out, or write {others}"
    yield finding("BS109", message, place, f"{bound.pointer}/{row.key}", hint), place


def _excluded(bound: Bound, name: str, other: str, hint: str) -> Diagnostic:
    message = f'"{name}" cannot stand beside "{other}"'
    return finding("BS109", message, bound.node.keys[name], f"{bound.pointer}/{name}", hint)
