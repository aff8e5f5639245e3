"""Marketplace images and the Batch node agents that fit them.

The service says which image goes with which agent (`az batch pool supported-images list`); the rows here are pairs that
its notices and public pools name. Sources:

- https://learn.microsoft.com/azure/batch/batch-linux-nodes
- https://learn.microsoft.com/azure/batch/batch-docker-container-workloads (which images run containers)
- https://learn.microsoft.com/powershell/module/az.batch/get-azbatchsupportedimage (windows, debian, ubuntu)
- https://github.com/Azure/Batch/issues, label "retirement" (200, 197, 188, 181, 180, 174, 169, 166)

Images are named as Azure names them elsewhere: publisher:offer:sku, without regard to case.
"""

from __future__ import annotations

from typing import NamedTuple


class Marketplace(NamedTuple):
    """A marketplace image and its node agent."""

    publisher: str
    offer: str
    sku: str
    node_agent_sku_id: str

    @property
    def name(self) -> str:
        """As publisher:offer:sku."""
        return f"{self.publisher}:{self.offer}:{self.sku}"


_WINDOWS = "batch.node.windows amd64"

ALIASES = {
    "ubuntu-22.04": Marketplace("canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", "batch.node.ubuntu 22.04"),
    "ubuntu-24.04": Marketplace("canonical", "ubuntu-24_04-lts", "server", "batch.node.ubuntu 24.04"),
    "ubuntu-hpc-22.04": Marketplace("microsoft-dsvm", "ubuntu-hpc", "2204", "batch.node.ubuntu 22.04"),
    "ubuntu-hpc-24.04": Marketplace("microsoft-dsvm", "ubuntu-hpc", "2404", "batch.node.ubuntu 24.04"),
    "almalinux-9": Marketplace("almalinux", "almalinux-x86_64", "9-gen2", "batch.node.el 9"),
    "windows-server-2019": Marketplace(
        "microsoftwindowsserver", "windowsserver", "2019-datacenter-smalldisk", _WINDOWS
    ),
    "windows-server-2022": Marketplace(
        "microsoftwindowsserver", "windowsserver", "2022-datacenter-smalldisk", _WINDOWS
    ),
    "windows-server-2025": Marketplace(
        "microsoftwindowsserver", "windowsserver", "2025-datacenter-smalldisk", _WINDOWS
    ),
}
"""What a spec may write for `image`."""


class Known(NamedTuple):
    """Images whose name begins so. containers: they come with a container runtime."""

    prefix: str  # of publisher:offer:sku, lower case
    node_agent_sku_id: str
    containers: bool = False


_DSVM, _BATCH = "microsoft-dsvm:ubuntu-hpc:", "microsoft-azure-batch:"
IMAGES = (
    Known("canonical:0001-com-ubuntu-server-focal:20_04-lts", "batch.node.ubuntu 20.04"),
    Known("canonical:0001-com-ubuntu-server-jammy:22_04-lts", "batch.node.ubuntu 22.04"),
    Known("canonical:ubuntu-24_04-lts:server", "batch.node.ubuntu 24.04"),
    Known("canonical:ubuntuserver:14.04", "batch.node.ubuntu 14.04"),
    Known("canonical:ubuntuserver:16.04", "batch.node.ubuntu 16.04"),
    Known("canonical:ubuntuserver:18.04", "batch.node.ubuntu 18.04"),
    Known(f"{_DSVM}1804", "batch.node.ubuntu 18.04", True),
    Known(f"{_DSVM}2004", "batch.node.ubuntu 20.04", True),
    Known(f"{_DSVM}2204", "batch.node.ubuntu 22.04", True),
    Known(f"{_DSVM}2404", "batch.node.ubuntu 24.04", True),
    Known("microsoft-dsvm:ubuntu-2004:2004", "batch.node.ubuntu 20.04"),
    Known(f"{_BATCH}ubuntu-server-container:16-04-lts", "batch.node.ubuntu 16.04", True),
    Known(f"{_BATCH}ubuntu-server-container:20-04-lts", "batch.node.ubuntu 20.04", True),
    Known(f"{_BATCH}ubuntu-server-container-rdma:16-04-lts", "batch.node.ubuntu 16.04", True),
    Known(f"{_BATCH}ubuntu-server-container-rdma:20-04-lts", "batch.node.ubuntu 20.04", True),
    Known(f"{_BATCH}centos-container:7-", "batch.node.centos 7", True),
    Known(f"{_BATCH}centos-container-rdma:7-", "batch.node.centos 7", True),
    Known("openlogic:centos:7", "batch.node.centos 7"),
    Known("openlogic:centos:8", "batch.node.centos 8"),
    Known("openlogic:centos-hpc:7", "batch.node.centos 7"),
    Known("almalinux:almalinux:8", "batch.node.el 8"),
    Known("almalinux:almalinux:9", "batch.node.el 9"),
    Known("almalinux:almalinux-x86_64:8", "batch.node.el 8"),
    Known("almalinux:almalinux-x86_64:9", "batch.node.el 9"),
    Known("credativ:debian:8", "batch.node.debian 8"),
    Known("credativ:debian:9", "batch.node.debian 9"),
    Known("debian:debian-10:10", "batch.node.debian 10"),
    Known("microsoftcblmariner:cbl-mariner:cbl-mariner-2", "batch.node.mariner 2.0"),
    Known("microsoftwindowsserver:windowsserver:", _WINDOWS),
)

_OTHER_AGENT = "arm64"  # images for Arm processors have agents of their own
_WINDOWS_CONTAINERS = "-with-containers"
_LINUX_PUBLISHERS = frozenset(
    ("almalinux", "canonical", "credativ", "debian", "microsoftcblmariner", "openlogic", "oracle", "redhat", "suse")
)


def image(name: str) -> Known | None:
    """The row of an alias, or of publisher:offer:sku."""
    name = _full(name)
    if _OTHER_AGENT in name:
        return None
    return next((row for row in IMAGES if name.startswith(row.prefix)), None)


def agent_fits(name: str, node_agent_sku_id: str) -> bool | None:
    """Whether the agent is the one of the image; None for images that the tables do not have."""
    row = image(name)
    return None if row is None else node_agent_sku_id.strip().lower() == row.node_agent_sku_id


def os_of(name: str) -> str | None:
    """The operating system, linux or windows, of an alias, of publisher:offer:sku or of a node agent."""
    name = _full(name)
    if name.startswith("batch.node."):
        return "windows" if name.startswith("batch.node.windows") else "linux"
    publisher = name.partition(":")[0]
    if publisher == "microsoftwindowsserver":
        return "windows"
    row = image(name)
    if row is not None:
        return os_of(row.node_agent_sku_id)
    return "linux" if publisher in _LINUX_PUBLISHERS else None


def runs_containers(name: str) -> bool | None:
    """Whether an image comes with a container runtime; None for images that the tables do not have."""
    row = image(name)
    return None if row is None else row.containers or _WINDOWS_CONTAINERS in _full(name)


def _full(name: str) -> str:
    alias = ALIASES.get(name)
    return alias.name if alias is not None else name.strip().lower()
