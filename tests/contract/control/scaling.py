"""Pools that a formula sizes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from azure.batch import BatchServiceClient, models

from tests.contract.batch.support import pool_spec, unique
from tests.support.waiting import until

INTERVAL = timedelta(minutes=5)


def scaling(batch: BatchServiceClient, formula: str = "$TargetDedicatedNodes = 0;", **changes: Any) -> str:
    """A pool of its own with a formula."""
    name = unique("pool")
    given = {"enable_auto_scale": True, "auto_scale_formula": formula, "auto_scale_evaluation_interval": INTERVAL}
    batch.pool.add(pool_spec(name, target_dedicated_nodes=None, **(given | changes)))
    return name


def settled(batch: BatchServiceClient, pool: str, nodes: int) -> models.CloudPool:
    """The pool, once it has so many nodes and is steady."""

    def holds() -> models.CloudPool | None:
        found = batch.pool.get(pool)
        return found if (found.allocation_state, found.current_dedicated_nodes) == ("steady", nodes) else None

    found: models.CloudPool = until(holds)
    return found
