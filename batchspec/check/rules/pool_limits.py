"""BS342: no more of anything than the service allows a pool."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec

# Mounts: https://learn.microsoft.com/azure/batch/batch-quota-limit, "other limits".
# Packages: there, and the REST document of a pool's applicationPackageReferences.
_MOST = (
    ("mount_configuration", 10, "file systems to mount"),
    ("application_package_references", 10, "application packages"),
)


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The spec's pool, and the one that the service makes for its job."""
    for pool in pools(spec):
        for name, most, words in _MOST:
            listed = pool.__dict__.get(name) or ()
            if len(listed) > most:
                message = f"the pool has {len(listed)} {words}; the service takes {most}"
                yield finding("BS342", message, pool.node.keys[name], f"{pool.pointer}/{name}", "leave some out")
