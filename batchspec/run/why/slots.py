"""What tasks take of a pool: slots of a node, or several nodes at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from batchspec.ports import PoolView
from batchspec.run.context import Run, finding
from batchspec.run.report import Finding

if TYPE_CHECKING:
    from batchspec.compiler.program import Made, Program


def slots_of_node(pool: PoolView) -> int:
    """How many slots each of the live pool's nodes has."""
    return int(pool.body.get("taskSlotsPerNode") or 1)


def slots_of(body: Any) -> int:
    """How many slots of a node a task takes."""
    return int(body.required_slots or 1) if body is not None else 1


def instances_of(body: Any) -> int:
    """How many nodes a task takes at once; 0 for one that is not of several instances."""
    settings = getattr(body, "multi_instance_settings", None)
    return 0 if settings is None else int(settings.number_of_instances or 1)


def takers(program: Program) -> list[Made[Any]]:
    """The spec's tasks that take more than one slot of one node: the only ones that may fit nowhere."""
    return [made for made in program.tasks if slots_of(made.body) > 1 or instances_of(made.body)]


def misfits(run: Run, pool: PoolView, among: Iterable[Made[Any]]) -> dict[str, Finding]:
    """The tasks that the pool as it is can never take, and why."""
    slots = slots_of_node(pool)
    most = None if pool.autoscale or pool.allocation != "steady" else pool.target_nodes
    found: dict[str, Finding] = {}
    for made in among:
        body = made.body
        task_id, takes, nodes = str(body.id), slots_of(body), instances_of(body)
        if takes > slots:
            text = f'task "{task_id}" takes {takes} slots, and a node of pool "{run.pool_id}" has {slots}'
            hint = "lower required_slots, or give the pool more task_slots_per_node"
            found[task_id] = finding("BS814", made, text, hint)
        elif most is not None and nodes > most:
            text = f'task "{task_id}" takes {nodes} nodes at once, and pool "{run.pool_id}" has {most}'
            found[task_id] = finding("BS814", made, text, "lower number_of_instances, or give the pool more nodes")
    return found
