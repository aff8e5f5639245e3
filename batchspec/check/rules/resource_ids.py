"""BS228: what names a resource of Azure is its whole id, and of the kind that is asked for.

An id is /subscriptions/.../resourceGroups/.../providers/..., then types and names by turns, in any letter case
(https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-resource#resourceid).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from batchspec.check.credentials import is_hidden
from batchspec.check.rule import finding
from batchspec.check.walk import Walk
from batchspec.diag import Diagnostic
from batchspec.reading import Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.model import Image
from batchspec.spec.native import common, disks, machines, network, tasks
from batchspec.spec.table import Bound


class _Id(NamedTuple):
    key: str
    what: str
    type: str = ""  # before its name, the last of the id; "" where it may be one of several


_IDENTITY = _Id("resource_id", "a user-assigned identity", "userAssignedIdentities")
_SUBNET = _Id("subnet_id", "a subnet", "subnets")
_TABLE: dict[type[Bound], _Id] = {
    common.ComputeNodeIdentityReference: _IDENTITY,
    disks.BatchPoolIdentityReference: _IDENTITY,
    disks.DiskEncryptionSetParameters: _Id("id", "a disk encryption set", "diskEncryptionSets"),
    machines.ServiceArtifactReference: _Id("id", "a profile of a service artifact", "vmArtifactsProfiles"),
    network.NetworkConfiguration: _SUBNET,
    network.PublicIPAddressConfiguration: _Id("ip_address_ids", "a public IP address", "publicIPAddresses"),
    tasks.JobNetworkConfiguration: _SUBNET,
    Image: _Id("id", "an image"),
}
_WALK = Walk(lambda model: model in _TABLE)
_IN_TASKS = "resource_id"  # the only one that a task can have


def check(spec: Spec) -> Iterator[Diagnostic]:
    """All that is written; tasks only in a file that speaks of identities at all."""
    told: set[tuple[str, int]] = set()  # task_defaults are a part of each task, too
    for bound in _each(spec):
        row = _TABLE[type(bound)]
        for node, pointer in _texts(bound.at(row.key), f"{bound.pointer}/{row.key}") if bound.has(row.key) else ():
            key = (node.file.path, node.start)
            if key not in told and _is_wrong(node, row):
                told.add(key)
                yield _finding(node, pointer, row)


def _each(spec: Spec) -> Iterator[Bound]:
    for part in (spec.keys.pool, spec.keys.job, spec.keys.schedule):
        if part is not None:
            yield from _WALK(part)
    speaks: dict[int, bool] = {}
    for task, _ in spec.examples():
        text = task.node.file.text
        if id(text) not in speaks:
            speaks[id(text)] = _IN_TASKS in text
        if speaks[id(text)]:
            yield from _WALK(task)


def _texts(node: Node, pointer: str) -> Iterator[tuple[Scalar, str]]:
    if isinstance(node, Scalar):
        yield node, pointer
    elif isinstance(node, Sequence):
        for at, item in enumerate(node.items):
            yield from _texts(item, f"{pointer}/{at}")


def _is_wrong(node: Scalar, row: _Id) -> bool:
    """Nothing is said of what is secret in part, or is not known yet."""
    if not isinstance(node.value, str) or is_hidden(node):
        return False
    end = rf"/{row.type}/[^/\s]+" if row.type else r"(?:/[^/\s]+){2}"
    return re.fullmatch(rf"/subscriptions/[^/\s]+(?:/[^/\s]+)*?{end}/?", node.value, re.IGNORECASE) is None


def _finding(node: Scalar, pointer: str, row: _Id) -> Diagnostic:
    end = f"{row.type}/NAME" if row.type else "images/NAME"
    message = f'"{node.value}" is not the Azure resource id of {row.what}'
    return finding("BS228", message, node, pointer, f"write it whole: /subscriptions/.../{end}")
