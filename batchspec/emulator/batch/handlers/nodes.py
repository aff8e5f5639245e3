"""ComputeNode_*."""

from __future__ import annotations

from batchspec.emulator.batch.call import Call, number_of
from batchspec.emulator.batch.documents.members import build, lookup
from batchspec.emulator.batch.documents.nodes import NODE
from batchspec.emulator.wire.answer import Answer
from batchspec.emulator.wire.odata.ast import matches
from batchspec.emulator.wire.odata.lists import NODES
from batchspec.emulator.wire.paging import read_token


def get(call: Call) -> Answer:
    """ComputeNode_Get."""
    metadata = {"odata.metadata": f"{call.base}/$metadata#nodes/@Element"}
    return Answer(200, json={**metadata, **build(NODE, call.node(), call.view, call.select(NODE))})


def list_nodes(call: Call) -> Answer:
    """ComputeNode_List."""
    pool = call.pool()
    wanted, select, token = call.filter(NODES), call.select(NODE), read_token(call.request)
    after = -1 if token is None else number_of(token)
    nodes = [
        node
        for node in sorted(pool.nodes.values(), key=lambda node: node.number)
        if node.number > after and (wanted is None or matches(wanted, lookup(NODE, node, call.view)))
    ]
    return call.page(
        "nodes",
        nodes,
        lambda node: str(node.number),
        lambda page: [build(NODE, node, call.view, select) for node in page],
    )


def reboot(call: Call) -> Answer:
    """ComputeNode_Reboot."""
    node = call.node()
    option = call.body.get("nodeRebootOption", "requeue")
    call.engine.reboot_node(node.pool.id, node.id, option=option)
    return Answer(202, {"DataServiceId": call.view.node_url(node.pool.id, node.id)})


def reimage(call: Call) -> Answer:
    """ComputeNode_Reimage."""
    node = call.node()
    option = call.body.get("nodeReimageOption", "requeue")
    call.engine.reimage_node(node.pool.id, node.id, option=option)
    return Answer(202, {"DataServiceId": call.view.node_url(node.pool.id, node.id)})
