"""Aliases of virtual machine images, with the Batch node agents that fit them.

Facts from the service's list of supported images (`az batch pool supported-images list`) and from
https://learn.microsoft.com/azure/batch/batch-linux-nodes.
"""

from __future__ import annotations

from typing import NamedTuple


class Marketplace(NamedTuple):
    """A marketplace image and its node agent."""

    publisher: str
    offer: str
    sku: str
    node_agent_sku_id: str


ALIASES = {
    "ubuntu-22.04": Marketplace("canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", "batch.node.ubuntu 22.04"),
    "ubuntu-24.04": Marketplace("canonical", "ubuntu-24_04-lts", "server", "batch.node.ubuntu 24.04"),
    "ubuntu-hpc-22.04": Marketplace("microsoft-dsvm", "ubuntu-hpc", "2204", "batch.node.ubuntu 22.04"),
    "ubuntu-hpc-24.04": Marketplace("microsoft-dsvm", "ubuntu-hpc", "2404", "batch.node.ubuntu 24.04"),
}
