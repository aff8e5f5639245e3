"""The requests about pools and their nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from batchspec.errors import Busy, Conflict, NotFound
from batchspec.ports import Body, NodeView, PoolView
from batchspec.service.bodies import wire
from tests.support.fakes.faults import request
from tests.support.fakes.records import FakePool
from tests.support.fakes.steps import Steps
from tests.support.fakes.views import match, metadata, patched


class Pools(Steps):
    """Resizing, and a reboot, take five seconds."""

    @request
    def get_pool(self, pool_id: str) -> PoolView:
        return self._pool(pool_id).view

    @request
    def add_pool(self, pool: Body) -> None:
        body = cast("Any", pool)
        if body.id in self.pools:
            raise Conflict("The specified pool already exists.", code="PoolExists", status=409)
        self.log.append(f"add pool {body.id}")
        count = 0 if body.enable_auto_scale and body.auto_scale_formula else self.nodes
        nodes = [NodeView(f"node-{n}", "creating") for n in range(count)]
        found = wire(pool)
        view = PoolView(
            body.id,
            "active",
            "steady",
            "1",
            metadata(found),
            count,
            count,
            self.resize_errors,
            bool(body.enable_auto_scale),
            found,
        )
        self.pools[body.id] = made = FakePool(view, nodes)
        self._scale(made)

    @request
    def list_pools(self) -> Iterator[PoolView]:
        return iter([pool.view for pool in self.pools.values()])

    @request
    def patch_pool(self, pool_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        pool = self._pool(pool_id)
        self.log.append(f"patch pool {pool_id} {' '.join(changes)}")
        pool.view = patched(pool.view, changes, etag)

    @request
    def replace_pool_properties(self, pool_id: str, properties: Mapping[str, Any]) -> None:
        pool = self._pool(pool_id)
        self.log.append(f"replace properties of pool {pool_id}")
        pool.view = patched(pool.view, {"startTask": None, **properties}, None)

    @request
    def resize_pool(self, pool_id: str, dedicated: int, spot: int, timeout: timedelta | None = None) -> None:
        """It takes five seconds."""
        pool, target = self._pool(pool_id), dedicated + spot
        if pool.view.allocation != "steady" or pool.view.autoscale or pool.gone_at is not None:
            raise Conflict("it is being resized", code="OperationInvalidForCurrentState", status=409)
        self.log.append(f"resize pool {pool_id} {dedicated} {spot}")
        counts = {"targetDedicatedNodes": dedicated, "targetLowPriorityNodes": spot}
        pool.view = patched(pool.view, counts | {"resizeTimeout": timeout or timedelta(minutes=15)}, None)
        self._size(pool, target)

    @request
    def stop_resize(self, pool_id: str) -> None:
        pool = self._pool(pool_id)
        if pool.view.allocation != "resizing":
            raise Conflict("steady", code="OperationInvalidForCurrentState", status=409)
        pool.view = replace(pool.view, allocation="steady", target_nodes=pool.view.current_nodes)

    @request
    def enable_autoscale(self, pool_id: str, formula: str, interval: timedelta | None = None) -> None:
        pool = self._pool(pool_id)
        if pool.view.allocation != "steady":
            raise Conflict("it is being resized", code="OperationInvalidForCurrentState", status=409)
        if self.clock.time - pool.formula_at < 30.0:
            raise Busy("too soon", code="TooManyEnableAutoScaleRequests", status=503)
        pool.formula_at, pool.scaling.due_at = self.clock.time, self.clock.time
        self.log.append(f"autoscale pool {pool_id}")
        changes: dict[str, Any] = {"enableAutoScale": True, "autoScaleFormula": formula}
        if interval is not None:
            changes["autoScaleEvaluationInterval"] = interval
        pool.view = replace(patched(pool.view, changes, None), autoscale=True)
        self._scale(pool)

    @request
    def disable_autoscale(self, pool_id: str) -> None:
        pool = self._pool(pool_id)
        pool.view = replace(patched(pool.view, {"enableAutoScale": False}, None), autoscale=False)

    @request
    def delete_pool(self, pool_id: str, etag: str | None = None) -> None:
        pool = self._pool(pool_id)
        if pool.gone_at is not None:
            raise Conflict("being deleted", code="PoolBeingDeleted", status=409)
        match(pool.view, etag)
        pool.view, pool.gone_at = replace(pool.view, state="deleting"), self.clock.time + 1.0

    @request
    def list_nodes(self, pool_id: str) -> list[NodeView]:
        return list(self._pool(pool_id).nodes)

    @request
    def reboot_node(self, pool_id: str, node_id: str) -> None:
        """Five seconds. Whether its start task fails again is up to `node_state`."""
        pool = self._pool(pool_id)
        if all(node.id != node_id for node in pool.nodes):
            raise NotFound("no node", code="NodeNotFound", status=404)
        self.log.append(f"reboot node {pool_id}/{node_id}")
        pool.nodes = [replace(node, state="rebooting") if node.id == node_id else node for node in pool.nodes]
        pool.steady_at = self.clock.time + 5.0
