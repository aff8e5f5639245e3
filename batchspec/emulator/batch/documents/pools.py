"""CloudPool and the counts of its nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from batchspec.emulator.batch.documents.members import Members, moment, present
from batchspec.emulator.batch.documents.view import View
from batchspec.emulator.engine.records import Failure, Pool, ScaleRun
from batchspec.emulator.wire.answer import etag
from batchspec.emulator.wire.versions import V2024

_AS_SUBMITTED = (
    "displayName",
    "vmSize",
    "virtualMachineConfiguration",
    "resizeTimeout",
    "enableAutoScale",
    "autoScaleFormula",
    "autoScaleEvaluationInterval",
    "enableInterNodeCommunication",
    "networkConfiguration",
    "startTask",
    "applicationPackageReferences",
    "taskSchedulingPolicy",
    "metadata",
    "upgradePolicy",
)
_GONE_IN_2025 = (
    "certificateReferences",
    "applicationLicenses",
    "targetNodeCommunicationMode",
    "resourceTags",
)
_NEVER_THERE = (
    "cloudServiceConfiguration",
    "currentNodeCommunicationMode",
    "identity",
    "mountConfiguration",
    "stats",
    "userAccounts",
)

NODE_COUNT_STATES: tuple[str, ...] = (
    "creating", "idle", "leavingPool", "offline", "preempted", "rebooting", "reimaging", "running",
    "starting", "startTaskFailed", "unknown", "unusable", "upgradingOS", "waitingForStartTask",
)  # fmt: skip


def _submitted(name: str) -> Callable[[Pool, View], Any]:
    return lambda pool, _: pool.body.get(name)


def _of_2024(name: str) -> Callable[[Pool, View], Any]:
    return lambda pool, view: pool.body.get(name) if view.version == V2024 else None


POOL: Members[Pool, View] = {
    "id": lambda pool, _: pool.id,
    "url": lambda pool, view: view.pool_url(pool.id),
    "eTag": lambda pool, _: etag(pool.version),
    "lastModified": lambda pool, _: moment(pool.modified),
    "creationTime": lambda pool, _: moment(pool.created),
    "state": lambda pool, _: pool.state,
    "stateTransitionTime": lambda pool, _: moment(pool.state_time),
    "allocationState": lambda pool, _: pool.allocation,
    "allocationStateTransitionTime": lambda pool, _: moment(pool.allocation_time),
    "currentDedicatedNodes": lambda pool, _: pool.current_dedicated,
    "currentLowPriorityNodes": lambda pool, _: pool.current_spot,
    "targetDedicatedNodes": lambda pool, _: pool.target_dedicated,
    "targetLowPriorityNodes": lambda pool, _: pool.target_spot,
    "resizeErrors": lambda pool, _: _resize_errors(pool),
    "autoScaleRun": lambda pool, _: None if pool.scale_run is None else scale_run(pool.scale_run),
    "taskSlotsPerNode": lambda pool, _: pool.slots,
    **{name: _submitted(name) for name in _AS_SUBMITTED},
    **{name: _of_2024(name) for name in _GONE_IN_2025},
    **{name: lambda _pool, _view: None for name in _NEVER_THERE},
}


def scale_run(run: ScaleRun) -> dict[str, Any]:
    """AutoScaleRun."""
    error = None if run.error is None else _error(run.error)
    return present({"timestamp": moment(run.time), "results": run.results or None, "error": error})


def _resize_errors(pool: Pool) -> list[dict[str, Any]] | None:
    return [_error(one) for one in pool.resize_errors] or None if pool.allocation == "steady" else None


def _error(failure: Failure) -> dict[str, Any]:
    values = [{"name": name, "value": value} for name, value in failure.details]
    return present({"code": failure.code, "message": failure.message, "values": values or None})


def node_counts(pool: Pool, view: View) -> dict[str, Any]:
    """PoolNodeCounts."""
    return {
        "poolId": pool.id,
        "dedicated": _counts(pool, view, dedicated=True),
        "lowPriority": _counts(pool, view, dedicated=False),
    }


def _counts(pool: Pool, view: View, *, dedicated: bool) -> dict[str, int]:
    states: Counter[str] = Counter(node.state for node in pool.nodes.values() if node.dedicated == dedicated)
    names = NODE_COUNT_STATES
    if view.version != V2024:
        names = (*names, "deallocated", "deallocating")
    counts = {name: states[name.lower()] for name in names}
    return {**counts, "total": states.total()}
