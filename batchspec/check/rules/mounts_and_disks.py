"""BS227: each mount of a pool has a path of its own, and each data disk a number.

From the REST document: file systems are "mounted relative to the Batch mounts directory", and of several data disks
"each should have a distinct lun".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from posixpath import normpath

from batchspec.check.credentials import is_hidden
from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic, Related
from batchspec.reading import Scalar
from batchspec.spec.build import Spec
from batchspec.spec.native.mounts import MountConfiguration
from batchspec.spec.table import Bound

_KINDS = tuple(MountConfiguration.rows)


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each pool that the spec describes."""
    for pool in pools(spec):
        mounts = [getattr(one, kind) for one in pool.mount_configuration or () for kind in _KINDS]
        yield from _again([one for one in mounts if one is not None], "relative_mount_path", "mounts", "path")
        machines = pool.virtual_machine_configuration
        if machines is not None:
            yield from _again(machines.data_disks or (), "lun", "data disks", "lun")


def _again(listed: list[Bound] | tuple[Bound, ...], name: str, what: str, word: str) -> Iterator[Diagnostic]:
    first: dict[Hashable, Bound] = {}
    for one in listed:
        value, place = getattr(one, name), one.at(name)
        if isinstance(place, Scalar) and is_hidden(place):
            continue
        earlier = first.setdefault(normpath(f"/{value}".replace("\\", "/")), one)
        if earlier is not one:
            related = (Related("first here", earlier.at(name).span),)
            message = f'two {what} have the {word} "{value}"'
            yield finding("BS227", message, place, f"{one.pointer}/{name}", f"give each its own {word}", related)
