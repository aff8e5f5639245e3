"""BS301, BS302: the pool can have nodes, and a node has the slots that a task asks for."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding, title
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec


def check(spec: Spec) -> Iterator[Diagnostic]:
    """A pool without nodes runs nothing; a task that no node can hold stays active for ever."""
    pool = spec.keys.pool
    if pool.nodes.dedicated + pool.nodes.spot == 0:
        message = f'pool "{pool.id}" has no nodes, so nothing would ever run'
        yield finding("BS302", message, pool.at("nodes"), f"{pool.pointer}/nodes", "set nodes.dedicated or nodes.spot")
    for group in spec.groups:
        over = [task for task in spec.tasks[group.start : group.stop] if task.required_slots > pool.task_slots_per_node]
        if over:
            task = over[0]
            message = (
                f"{title(task, len(over))} needs {task.required_slots} slots; a node of the pool has "
                f"{pool.task_slots_per_node}"
            )
            hint = f"set pool.task_slots_per_node to {task.required_slots} or more"
            yield finding("BS301", message, task.at("required_slots"), f"{task.pointer}/required_slots", hint)
