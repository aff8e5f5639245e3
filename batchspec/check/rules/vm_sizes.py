"""BS353, BS354: the VM size is one, and its nodes can have so many task slots."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec import catalogue
from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import PoolSpecification


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The sizes of all pools of virtual machines; cloud services had names of their own."""
    for pool in pools(spec):
        if pool.cloud_service_configuration is None:
            yield from _name(pool)
            yield from _slots(pool)


def _name(pool: PoolSpecification) -> Iterator[Diagnostic]:
    meant = catalogue.suggest(pool.vm_size)
    if meant is not None or catalogue.parse(pool.vm_size) is None:
        message = f'"{pool.vm_size}" does not look like the name of an Azure VM size'
        hint = (
            f'did you mean "{meant}"?' if meant else "the names are like Standard_D2s_v5; az batch location list-skus"
        )
        yield finding("BS353", message, pool.at("vm_size"), f"{pool.pointer}/vm_size", hint)


def _slots(pool: PoolSpecification) -> Iterator[Diagnostic]:
    slots, most = pool.task_slots_per_node, catalogue.most_slots(pool.vm_size)
    if slots is not None and most is not None and slots > most:
        message = (
            f'a node of size "{pool.vm_size}" has {catalogue.cores(pool.vm_size)} vCPUs, too few for {slots} slots'
        )
        hint = f"set task_slots_per_node to {most} or less: 4 for each vCPU, 256 in all"
        place = f"{pool.pointer}/task_slots_per_node"
        yield finding("BS354", message, pool.at("task_slots_per_node"), place, hint)
