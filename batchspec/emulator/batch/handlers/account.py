"""Account_*: images and node counts."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.call import Call, number_of
from batchspec.emulator.batch.documents.pools import node_counts
from batchspec.emulator.wire.answer import Answer
from batchspec.emulator.wire.odata.ast import matches
from batchspec.emulator.wire.odata.lists import IMAGES, NODE_COUNTS
from batchspec.emulator.wire.paging import read_token

# Some of the images that Azure Batch verified for its agents as of 2025: publisher, offer, sku, agent, system.
SUPPORTED_IMAGES = (
    ("canonical", "ubuntu-24_04-lts", "server", "batch.node.ubuntu 24.04", "linux"),
    ("canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", "batch.node.ubuntu 22.04", "linux"),
    ("debian", "debian-12", "12-gen2", "batch.node.debian 12", "linux"),
    ("almalinux", "almalinux-x86_64", "9-gen2", "batch.node.el 9", "linux"),
    ("microsoft-dsvm", "ubuntu-hpc", "2204", "batch.node.ubuntu 22.04", "linux"),
    ("microsoftwindowsserver", "windowsserver", "2022-datacenter", "batch.node.windows amd64", "windows"),
    ("microsoftwindowsserver", "windowsserver", "2025-datacenter-g2", "batch.node.windows amd64", "windows"),
)


def _image(row: tuple[str, str, str, str, str]) -> dict[str, Any]:
    publisher, offer, sku, agent, system = row
    return {
        "nodeAgentSKUId": agent,
        "imageReference": {"publisher": publisher, "offer": offer, "sku": sku, "version": "latest"},
        "osType": system,
        "verificationType": "verified",
    }


def list_supported_images(call: Call) -> Answer:
    """Account_ListSupportedImages."""
    wanted = call.filter(IMAGES)
    token = read_token(call.request)
    first = 0 if token is None else number_of(token) + 1
    images = [(index, _image(row)) for index, row in enumerate(SUPPORTED_IMAGES)]
    found = [pair for pair in images[first:] if wanted is None or matches(wanted, pair[1].get)]
    return call.page("supportedimages", found, lambda pair: str(pair[0]), lambda pairs: [image for _, image in pairs])


def list_pool_node_counts(call: Call) -> Answer:
    """Account_ListPoolNodeCounts."""
    wanted = call.filter(NODE_COUNTS)
    after = call.after_number()
    pools = [
        pool
        for pool in call.engine.pools.values()
        if pool.number > after and (wanted is None or matches(wanted, {"poolId": pool.id}.get))
    ]
    return call.page(
        "poolnodecounts",
        pools,
        lambda pool: str(pool.number),
        lambda page: [node_counts(pool, call.view) for pool in page],
    )
