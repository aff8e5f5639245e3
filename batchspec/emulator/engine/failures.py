"""What can be made to fail on request: nodes, their disks, and the resizes of pools. For tests; kept in memory alone.

Each method raises Refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchspec.emulator.engine import guards
from batchspec.emulator.engine.errors import Refused
from batchspec.emulator.engine.records import key

if TYPE_CHECKING:
    from batchspec.emulator.engine.breakdowns import Kind
    from batchspec.emulator.engine.driver import Driver
    from batchspec.emulator.engine.records import Node
    from batchspec.emulator.engine.scheduler import Scheduler
    from batchspec.emulator.engine.troubles import Trouble


class Failures:
    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def fail_node(self, pool_id: str, node_id: str, how: Kind, lasting: float | None = None) -> None:
        """For `lasting` seconds of the engine's clock, or until it is mended. PoolNotFound, NodeNotFound,
        OperationNotValidOnNode, NodeBeing..."""
        with self._driver.request() as (scheduler, now):
            node = guards.restartable_node(_node(scheduler, pool_id, node_id))
            if how == "preempted" and node.dedicated:
                raise Refused("OperationNotValidOnNode", Reason="only a low-priority node is preempted")
            if how == "startTaskFailed" and "startTask" not in node.pool.body:
                raise Refused("OperationNotValidOnNode", Reason="its pool has no start task")
            scheduler.fail_node(now, node, how, lasting)

    def fill_disk(self, pool_id: str, node_id: str) -> None:
        """From now on what the engine writes on this node fails as on a full disk. PoolNotFound, NodeNotFound."""
        with self._driver.request() as (scheduler, _):
            self._driver.fill_disk(_node(scheduler, pool_id, node_id), full=True)

    def mend_node(self, pool_id: str, node_id: str) -> None:
        """Bring a failed node back, and give a full disk room. PoolNotFound, NodeNotFound."""
        with self._driver.request() as (scheduler, now):
            node = _node(scheduler, pool_id, node_id)
            self._driver.fill_disk(node, full=False)
            scheduler.mend_node(now, node)

    def trouble_pool(self, pool_id: str, trouble: Trouble) -> None:
        """Replaces the trouble that the pool had; it need not be there yet."""
        with self._driver.request() as (scheduler, now):
            scheduler.trouble_pool(now, pool_id, trouble)


def _node(scheduler: Scheduler, pool_id: str, node_id: str) -> Node:
    pool = guards.live_pool(scheduler.pools.get(key(pool_id)))
    return guards.node(pool.nodes.get(key(node_id)))
