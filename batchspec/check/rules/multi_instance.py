"""BS306 to BS309: a task on several nodes has enough of them, each for itself, and they can talk to each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchspec.check.pools import pools
from batchspec.check.rule import finding, title
from batchspec.diag import Diagnostic
from batchspec.reading import Node
from batchspec.spec.build import Spec
from batchspec.spec.model import PoolSpecification, Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each template once. Facts: https://learn.microsoft.com/azure/batch/batch-mpi, and the service's own refusals."""
    for pool in pools(spec):
        nodes = pool.nodes
        if pool.enable_inter_node_communication and nodes is not None and nodes.dedicated and nodes.spot:
            message = "nodes that talk to each other are all dedicated or all spot, and this pool has both"
            hint = "set nodes.dedicated or nodes.spot to 0, or leave enable_inter_node_communication out"
            yield finding("BS309", message, nodes.at("spot"), f"{nodes.pointer}/spot", hint)
    machines = spec.machines
    for group in spec.groups:
        if not group or not spec.tasks[group.start].has("multi_instance_settings"):
            continue
        tasks = spec.tasks[group.start : group.stop]
        yield from _slots(tasks)
        if machines is not None:
            yield from _nodes(tasks, machines)


def _slots(tasks: Sequence[Task]) -> Iterator[Diagnostic]:
    over = [task for task in tasks if (task.required_slots or 1) > 1]
    if over:
        message = f"{title(over[0], len(over))} runs on several nodes, and takes {over[0].required_slots} slots of each"
        place, pointer = over[0].at("required_slots"), f"{over[0].pointer}/required_slots"
        yield finding("BS307", message, place, pointer, "leave required_slots out: such a task has a node for itself")


def _nodes(tasks: Sequence[Task], pool: PoolSpecification) -> Iterator[Diagnostic]:
    task, count = tasks[0], len(tasks)
    place: Node = task.node.keys["multi_instance_settings"]
    pointer = f"{task.pointer}/multi_instance_settings"
    if not pool.enable_inter_node_communication:
        message = f"{title(task, count)} runs on several nodes, and the pool's nodes cannot talk to each other"
        hint = "set pool.enable_inter_node_communication to true"
        yield finding("BS306", message, place, pointer, hint)
    if (pool.task_slots_per_node or 1) > 1:
        message = (
            f"{title(task, count)} runs on several nodes, and the pool's nodes have {pool.task_slots_per_node} slots"
        )
        yield finding("BS307", message, place, pointer, "set pool.task_slots_per_node to 1")
    nodes = pool.nodes
    if nodes is None or (nodes.autoscale is not None and nodes.autoscale.enabled):
        return
    there = (nodes.dedicated or 0) + (nodes.spot or 0)
    over = [one for one in tasks if there and _instances(one) > there]
    if over:
        message = f"{title(over[0], len(over))} runs on {_instances(over[0])} nodes, and the pool has {there}"
        place = over[0].at("multi_instance_settings", "number_of_instances")
        pointer = f"{over[0].pointer}/multi_instance_settings/number_of_instances"
        yield finding("BS308", message, place, pointer, "give the pool more nodes, or the task fewer instances")


def _instances(task: Task) -> int:
    settings = task.multi_instance_settings
    return (settings.number_of_instances or 1) if settings is not None else 0
