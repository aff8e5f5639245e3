"""BS504: a field that the API version which the spec speaks does not have.

The rows of the models say which version has them; of fields within one another the outermost is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.check.walk import Walk
from batchspec.diag import Diagnostic
from batchspec.reading import Scalar
from batchspec.spec.build import Spec
from batchspec.spec.model.pool import NEW, OLD
from batchspec.spec.native.security import SecurityProfile
from batchspec.spec.table import Bound

_INSTEAD = {
    "certificate_references": "let the Key Vault extension fetch them: virtual_machine_configuration.extensions",
    "cloud_service_configuration": "write image: pools have virtual machines",
    "target_node_communication_mode": "leave it out: nodes speak the simplified way only",
    "application_licenses": "leave it out: bring a licence of your own",
    "resource_tags": "set tags on the Batch account's own pool resource, outside of this API",
    "authentication_token_settings": "give the pool a managed identity, and let the task sign in with it",
    "storage_account_type": "write it as managed_disk: {storage_account_type: ...}",
}
_LATER = f"leave api_version out, or write {NEW}"


def _walk(version: str) -> Walk:
    def is_foreign(model: type[Bound]) -> bool:
        named = issubclass(model, SecurityProfile) and version == OLD
        return named or any(row.api not in ("", version) for row in model.rows.values())

    return Walk(is_foreign, through=lambda row: row.api in ("", version))


_WALKS = {version: _walk(version) for version in (OLD, NEW)}
_KNOWN: dict[tuple[type[Bound], str], frozenset[str]] = {}


def _foreign_keys(model: type[Bound], version: str) -> frozenset[str]:
    if (model, version) not in _KNOWN:
        names = (name for name, row in model.rows.items() if row.api not in ("", version))
        _KNOWN[model, version] = frozenset(names)
    return _KNOWN[model, version]


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each place once: what is written in `job.task_defaults`, or behind an alias, is part of many tasks."""
    version = spec.keys.api_version
    told: set[tuple[str, int]] = set()
    for bound in _WALKS[version](spec.keys):
        for name, place, what in _foreign(bound, version):
            if (place.file.path, place.start) not in told:
                told.add((place.file.path, place.start))
                hint = _LATER if version == OLD else _INSTEAD.get(name, f"write api_version: {OLD}")
                message = f"the API version {version} has no {what}"
                yield finding("BS504", message, place, f"{bound.pointer}/{name}", hint)


def _foreign(bound: Bound, version: str) -> Iterator[tuple[str, Scalar, str]]:
    for name in _foreign_keys(type(bound), version).intersection(bound.node.values):
        yield name, bound.node.keys[name], f'"{name}"'
    if isinstance(bound, SecurityProfile) and bound.security_type == "confidentialvm" and version == OLD:
        place = bound.at("security_type")
        assert isinstance(place, Scalar)
        yield "security_type", place, 'security type "confidentialvm"'
