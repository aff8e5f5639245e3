"""Pool_*."""

from __future__ import annotations

from batchspec.emulator.batch.call import Call
from batchspec.emulator.batch.documents import defaults
from batchspec.emulator.batch.documents.members import build, lookup
from batchspec.emulator.batch.documents.pools import POOL
from batchspec.emulator.engine.records import Pool
from batchspec.emulator.wire.answer import Answer, entity_headers
from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.odata.ast import matches
from batchspec.emulator.wire.odata.lists import POOLS
from batchspec.emulator.wire.versions import V2024

# what 2025-06-01 lets one patch only while the pool has no nodes
_ONLY_WHEN_EMPTY = frozenset(
    {
        "vmSize",
        "taskSlotsPerNode",
        "taskSchedulingPolicy",
        "enableInterNodeCommunication",
        "virtualMachineConfiguration",
        "networkConfiguration",
        "upgradePolicy",
    }
)


def add(call: Call) -> Answer:
    """Pool_Add."""
    return _done(call, 201, call.engine.add_pool(defaults.pool(call.body)))


def get(call: Call) -> Answer:
    """Pool_Get."""
    pool = call.pool()
    call.check(pool, read=True)
    return call.entity(pool, "pools", build(POOL, pool, call.view, call.select(POOL)))


def exists(call: Call) -> Answer:
    """Pool_Exists."""
    pool = call.pool()
    call.check(pool, read=True)
    return Answer(200, entity_headers(pool.version, pool.modified))


def list_pools(call: Call) -> Answer:
    """Pool_List."""
    wanted, select, after = call.filter(POOLS), call.select(POOL), call.after_number()
    pools = (
        pool
        for pool in call.engine.pools.values()
        if pool.number > after and (wanted is None or matches(wanted, lookup(POOL, pool, call.view)))
    )
    return call.page(
        "pools",
        pools,
        lambda pool: str(pool.number),
        lambda page: [build(POOL, pool, call.view, select) for pool in page],
    )


def delete(call: Call) -> Answer:
    """Pool_Delete."""
    pool = call.pool()
    call.check(pool)
    call.engine.delete_pool(pool.id)
    return Answer(202)


def patch(call: Call) -> Answer:
    """Pool_Patch: only what the body names changes."""
    pool = call.pool()
    call.check(pool)
    if pool.nodes and not _ONLY_WHEN_EMPTY.isdisjoint(call.body):
        name = min(_ONLY_WHEN_EMPTY.intersection(call.body))
        reason = "can be changed only while the pool has no nodes"
        raise BatchError("OperationInvalidForCurrentState", [("PropertyName", name), ("Reason", reason)])
    fields = dict(call.body)
    if "startTask" in fields:
        fields["startTask"] = defaults.start_task(fields["startTask"])
    return _done(call, 200, call.engine.update_pool(pool.id, fields))


def update_properties(call: Call) -> Answer:
    """Pool_UpdateProperties: what the body leaves out is removed."""
    pool = call.pool()
    fields = {"startTask": None, **call.body}
    if fields["startTask"] is not None:
        fields["startTask"] = defaults.start_task(fields["startTask"])
    if call.request.version == V2024:
        fields.setdefault("targetNodeCommunicationMode", "default")
    return _done(call, 204, call.engine.update_pool(pool.id, fields))


def resize(call: Call) -> Answer:
    """Pool_Resize."""
    pool = call.pool()
    call.check(pool)
    resized = call.engine.resize_pool(
        pool.id,
        call.body.get("targetDedicatedNodes"),
        call.body.get("targetLowPriorityNodes"),
        deallocation=call.body.get("nodeDeallocationOption", "requeue"),
    )
    return _done(call, 202, resized)


def stop_resize(call: Call) -> Answer:
    """Pool_StopResize."""
    pool = call.pool()
    call.check(pool)
    return _done(call, 202, call.engine.stop_resize(pool.id))


def remove_nodes(call: Call) -> Answer:
    """Pool_RemoveNodes."""
    pool = call.pool()
    call.check(pool)
    option = call.body.get("nodeDeallocationOption", "requeue")
    return _done(call, 202, call.engine.remove_nodes(pool.id, call.body["nodeList"], deallocation=option))


def _done(call: Call, status: int, pool: Pool) -> Answer:
    return call.done(status, pool, call.view.pool_url(pool.id))
