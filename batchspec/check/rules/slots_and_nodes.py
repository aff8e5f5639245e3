"""BS301, BS302: the pool can have nodes, and a node has the slots that a task asks for."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.pools import pools
from batchspec.check.rule import finding, per_place, title
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import Manager, PoolSpecification, Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """A pool without nodes runs nothing; a task that no node can hold stays active for ever."""
    for pool in pools(spec):
        yield from _nodes(pool)
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
            yield _over(over[0], title(over[0], len(over)), slots)


def _over(task: Task | Manager, name: str, slots: int) -> Diagnostic:
    message = f"{name} needs {task.required_slots} slots; a node of the pool has {slots}"
    hint = f"set pool.task_slots_per_node to {task.required_slots} or more"
    return finding("BS301", message, task.at("required_slots"), f"{task.pointer}/required_slots", hint)


def _nodes(pool: PoolSpecification) -> Iterator[Diagnostic]:
    nodes = pool.nodes
    if nodes is not None and (
        nodes.dedicated or nodes.spot or (nodes.autoscale is not None and nodes.autoscale.enabled)
    ):
        return
    place = pool.at("nodes") if nodes is not None else pool.node.keys["vm_size"]
    message, hint = "the pool has no nodes, so nothing would ever run", "set nodes.dedicated or nodes.spot"
    yield finding("BS302", message, place, f"{pool.pointer}/nodes", hint)
