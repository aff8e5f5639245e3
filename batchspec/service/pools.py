"""Pools and their nodes over the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from msrest.serialization import Serializer

from batchspec.ports import Body, NodeView, PoolView
from batchspec.service import views
from batchspec.service.bodies import wire
from batchspec.service.transport import Transport, if_match, path_of


class Pools(Transport):
    """See `batchspec.ports.batch.Pools`."""

    def get_pool(self, pool_id: str) -> PoolView:
        return self.read(path_of("pools", pool_id), views.pool)

    def list_pools(self) -> Iterator[PoolView]:
        return self.pages("/pools", {}, views.pool)

    def add_pool(self, pool: Body) -> None:
        self.send("POST", "/pools", body=wire(pool))

    def patch_pool(self, pool_id: str, changes: Mapping[str, Any], etag: str | None = None) -> None:
        self.patch(path_of("pools", pool_id), changes, etag)

    def replace_pool_properties(self, pool_id: str, properties: Mapping[str, Any]) -> None:
        self.send("POST", path_of("pools", pool_id, "updateproperties"), body=properties)

    def delete_pool(self, pool_id: str, etag: str | None = None) -> None:
        self.send("DELETE", path_of("pools", pool_id), headers=if_match(etag))

    def resize_pool(self, pool_id: str, dedicated: int, spot: int, timeout: timedelta | None = None) -> None:
        size: dict[str, Any] = {"targetDedicatedNodes": dedicated, "targetLowPriorityNodes": spot}
        if timeout is not None:
            size["resizeTimeout"] = Serializer.serialize_duration(timeout)
        self.send("POST", path_of("pools", pool_id, "resize"), body=size)

    def stop_resize(self, pool_id: str) -> None:
        self.send("POST", path_of("pools", pool_id, "stopresize"))

    def enable_autoscale(self, pool_id: str, formula: str, interval: timedelta | None = None) -> None:
        body = {"autoScaleFormula": formula}
        if interval is not None:
            body["autoScaleEvaluationInterval"] = Serializer.serialize_duration(interval)
        self.send("POST", path_of("pools", pool_id, "enableautoscale"), body=body)

    def disable_autoscale(self, pool_id: str) -> None:
        self.send("POST", path_of("pools", pool_id, "disableautoscale"))

    def list_nodes(self, pool_id: str) -> list[NodeView]:
        return list(self.pages(path_of("pools", pool_id, "nodes"), {"$select": views.NODE_MEMBERS}, views.node))

    def reboot_node(self, pool_id: str, node_id: str) -> None:
        self.send("POST", path_of("pools", pool_id, "nodes", node_id, "reboot"), body={"nodeRebootOption": "requeue"})
