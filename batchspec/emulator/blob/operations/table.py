"""The operations of the Blob service: those that are here, and those that are refused by name.

The permissions are those of Microsoft's "Create an account SAS" and "Create a service SAS".
"""

from __future__ import annotations

from batchspec.emulator.blob.call import Call
from batchspec.emulator.blob.errors import BlobError, bad_query, not_implemented
from batchspec.emulator.blob.operations import blobs, blocks, containers, service
from batchspec.emulator.blob.operations.operation import Handler, Operation

# Understood with every operation; `timeout` is a bound that a local service keeps anyway.
_EVERYWHERE = frozenset({"restype", "comp", "timeout"})
_LISTING = "prefix marker maxresults include"
_BLOBS = f"{_LISTING} delimiter"


def _row(name: str, asked_as: str, permissions: str, handle: Handler, query: str = "") -> Operation:
    level, method, restype, comp, service_sas, account_sas = (
        "" if field == "-" else field for field in f"{asked_as} {permissions}".split()
    )
    return Operation(name, level, method, restype, comp, service_sas, account_sas, frozenset(query.split()), handle)


# name; level, method, restype, comp; permissions of service SAS and account SAS; handler; query parameters
OPERATIONS: tuple[Operation, ...] = (
    _row("List Containers", "service GET - list", "- l", service.list_containers, _LISTING),
    _row("Get Blob Service Properties", "service GET service properties", "- r", service.properties),
    _row("Create Container", "container PUT container -", "- cw", containers.create),
    _row("Get Container Properties", "container GET container -", "- r", containers.properties),
    _row("Get Container Properties", "container HEAD container -", "- r", containers.properties),
    _row("Get Container Metadata", "container GET container metadata", "- r", containers.properties),
    _row("Get Container Metadata", "container HEAD container metadata", "- r", containers.properties),
    _row("Set Container Metadata", "container PUT container metadata", "- w", containers.set_metadata),
    _row("Delete Container", "container DELETE container -", "- d", containers.delete),
    _row("List Blobs", "container GET container list", "l l", containers.list_blobs, _BLOBS),
    _row("Put Blob", "blob PUT - -", "cw cw", blobs.put),
    _row("Get Blob", "blob GET - -", "r r", blobs.get),
    _row("Get Blob Properties", "blob HEAD - -", "r r", blobs.properties),
    _row("Get Blob Metadata", "blob GET - metadata", "r r", blobs.metadata),
    _row("Get Blob Metadata", "blob HEAD - metadata", "r r", blobs.metadata),
    _row("Set Blob Metadata", "blob PUT - metadata", "w w", blobs.set_metadata),
    _row("Set Blob Properties", "blob PUT - properties", "w w", blobs.set_properties),
    _row("Delete Blob", "blob DELETE - -", "d d", blobs.delete),
    _row("Put Block", "blob PUT - block", "w w", blocks.put_block, "blockid"),
    _row("Put Block List", "blob PUT - blocklist", "w w", blocks.put_list),
    _row("Get Block List", "blob GET - blocklist", "r r", blocks.get_list, "blocklisttype"),
)

# (level, method, restype, comp) -> the name of what is refused; "*" is any method
REFUSED: dict[tuple[str, str, str, str], str] = {
    ("service", "PUT", "service", "properties"): "Set Blob Service Properties",
    ("service", "GET", "service", "stats"): "Get Blob Service Stats",
    ("service", "POST", "service", "userdelegationkey"): "Get User Delegation Key",
    ("service", "*", "account", "properties"): "Get Account Information",
    ("service", "GET", "", "blobs"): "Find Blobs by Tags",
    ("service", "POST", "", "batch"): "Blob Batch",
    ("container", "GET", "container", "acl"): "Get Container ACL",
    ("container", "HEAD", "container", "acl"): "Get Container ACL",
    ("container", "PUT", "container", "acl"): "Set Container ACL",
    ("container", "PUT", "container", "lease"): "Lease Container",
    ("container", "PUT", "container", "undelete"): "Restore Container",
    ("container", "PUT", "container", "rename"): "Rename Container",
    ("container", "GET", "container", "blobs"): "Find Blobs by Tags in Container",
    ("container", "POST", "container", "batch"): "Blob Batch",
    ("container", "*", "account", "properties"): "Get Account Information",
    ("blob", "PUT", "", "lease"): "Lease Blob",
    ("blob", "PUT", "", "snapshot"): "Snapshot Blob",
    ("blob", "PUT", "", "copy"): "Abort Copy Blob",
    ("blob", "PUT", "", "undelete"): "Undelete Blob",
    ("blob", "PUT", "", "tier"): "Set Blob Tier",
    ("blob", "GET", "", "tags"): "Get Blob Tags",
    ("blob", "PUT", "", "tags"): "Set Blob Tags",
    ("blob", "POST", "", "query"): "Query Blob Contents",
    ("blob", "PUT", "", "expiry"): "Set Blob Expiry",
    ("blob", "PUT", "", "seal"): "Append Blob Seal",
    ("blob", "PUT", "", "page"): "Put Page",
    ("blob", "GET", "", "pagelist"): "Get Page Ranges",
    ("blob", "PUT", "", "incrementalcopy"): "Incremental Copy Blob",
    ("blob", "PUT", "", "appendblock"): "Append Block",
    ("blob", "PUT", "", "immutabilityPolicies"): "Set Blob Immutability Policy",
    ("blob", "DELETE", "", "immutabilityPolicies"): "Delete Blob Immutability Policy",
    ("blob", "PUT", "", "legalhold"): "Set Blob Legal Hold",
    ("blob", "*", "account", "properties"): "Get Account Information",
}

# Headers that would change what a request does, in ways that this service does not have.
_REFUSED_HEADERS = (
    "x-ms-access-tier",
    "x-ms-blob-public-access",
    "x-ms-content-crc64",
    "x-ms-default-encryption-scope",
    "x-ms-encryption-algorithm",
    "x-ms-encryption-key",
    "x-ms-encryption-scope",
    "x-ms-if-tags",
    "x-ms-immutability-policy-mode",
    "x-ms-immutability-policy-until-date",
    "x-ms-legal-hold",
    "x-ms-range-get-content-crc64",
    "x-ms-structured-body",
    "x-ms-tags",
)
_LEASE_ERRORS = {
    "container": "LeaseNotPresentWithContainerOperation",
    "blob": "LeaseNotPresentWithBlobOperation",
}

_BY_KEY = {(row.level, row.method, row.restype, row.comp): row for row in OPERATIONS}
_METHODS = frozenset(row.method for row in OPERATIONS) | {"POST"}


def find_operation(call: Call) -> Operation:
    """The row that a request asks for; raises for what is not here, by name."""
    restype, comp = call.query.get("restype", ""), call.query.get("comp", "")
    key = (call.level, call.method, restype, comp)
    row = _BY_KEY.get(key)
    if row is not None:
        return row
    name = REFUSED.get(key) or REFUSED.get((call.level, "*", restype, comp))
    if name is not None:
        raise not_implemented(name)
    if call.method not in _METHODS or not (restype or comp):
        raise BlobError("UnsupportedHttpVerb")
    raise bad_query("comp" if comp else "restype", comp or restype, f"not known with {call.method} on a {call.level}")


def check_options(call: Call, operation: Operation) -> None:
    """Raise for a parameter or header that the operation would have to honour and does not."""
    for name in call.query:
        if name in ("snapshot", "versionid"):
            raise not_implemented("Snapshots and versions of blobs")
        if name not in operation.query and name not in _EVERYWHERE:
            raise BlobError("UnsupportedQueryParameter", QueryParameterName=name)
    for name in _REFUSED_HEADERS:
        if name in call.headers:
            raise BlobError("UnsupportedHeader", HeaderName=name)
    if "x-ms-lease-id" in call.headers and operation.level in _LEASE_ERRORS:
        raise BlobError(_LEASE_ERRORS[operation.level])
