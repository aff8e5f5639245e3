"""BS301, BS302: the pool can have nodes, and a node has the slots that a task asks for."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.pools import pools
from batchspec.check.rule import finding, per_place, title
from batchspec.diag import Diagnostic, Severity
from batchspec.reading import Mapping, Node
from batchspec.spec.build import Spec
from batchspec.spec.model import Manager, PoolSpecification, Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """A pool without nodes runs nothing; a task that no node can hold stays active for ever."""
    job = spec.keys.job
    has_work = bool(spec.tasks) or (job is not None and job.job_manager_task is not None)
    for pool in pools(spec):
        for found in _nodes(pool):
            # The service takes an empty pool: it can be made now, and be given its nodes when there is work.
            yield found if has_work and pool is spec.machines else found.at(Severity.WARNING)
    if spec.machines is not None:
        yield from per_place(_slots(spec, spec.machines.task_slots_per_node or 1))


def _slots(spec: Spec, slots: int) -> Iterator[Diagnostic]:
    manager = spec.keys.job.job_manager_task if spec.keys.job is not None else None
    if manager is not None and (manager.required_slots or 1) > slots:
        yield _over(manager, "the job manager", slots)
    for group in spec.groups:
        if not group or not spec.tasks[group.start].has("required_slots"):
            continue
        over = [task for task in spec.tasks[group.start : group.stop] if (task.required_slots or 1) > slots]
        if over:
            yield _over(over[0], title(over[0], len(over)), slots, max(task.required_slots or 1 for task in over))


def _over(task: Task | Manager, name: str, slots: int, most: int = 0) -> Diagnostic:
    message = f"{name} needs {task.required_slots} slots; a node of the pool has {slots}"
    hint = f"set pool.task_slots_per_node to {max(most, task.required_slots or 1)} or more"
    return finding("BS301", message, task.at("required_slots"), f"{task.pointer}/required_slots", hint)


def _nodes(pool: PoolSpecification) -> Iterator[Diagnostic]:
    nodes = pool.nodes
    if nodes is not None and (
        nodes.dedicated or nodes.spot or (nodes.autoscale is not None and nodes.autoscale.enabled)
    ):
        return
    place = _written(pool.at("nodes")) if nodes is not None else pool.node.keys["vm_size"]
    message, hint = "the pool has no nodes, so nothing would ever run", "set nodes.dedicated or nodes.spot"
    yield finding("BS302", message, place, f"{pool.pointer}/nodes", hint)


def _written(nodes: Node) -> Node:
    """What a target's patch says of them, where it says something; else all."""
    for value in nodes.values.values() if isinstance(nodes, Mapping) else ():
        if value.file is not nodes.file or not nodes.start <= value.start < nodes.end:
            return value
    return nodes
