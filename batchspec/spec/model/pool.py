"""The machines."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from batchspec.spec.model import common
from batchspec.spec.model.common import DISPLAY_NAME, ID, METADATA
from batchspec.spec.model.runs import PACKAGES, PACKAGES_DOC, PACKAGES_EXAMPLE, StartTask
from batchspec.spec.native.machines import CloudServiceConfiguration, VirtualMachineConfiguration
from batchspec.spec.native.mounts import MountConfiguration
from batchspec.spec.native.network import NetworkConfiguration
from batchspec.spec.native.pools import (
    CertificateReference,
    TaskSchedulingPolicy,
    UpgradePolicy,
    UserAccount,
)
from batchspec.spec.native.tasks import ApplicationPackageReference
from batchspec.spec.shape import Duration, Either, Flag, ListOf, MapOf, Text, Value, Whole
from batchspec.spec.table import Bound, Table, key, native

OLD = "2024-02-01.19.0"
NEW = "2025-06-01"


class Image(Bound):
    """A virtual machine image: one of the marketplace, or one of a gallery."""

    sdk: ClassVar[str] = "ImageReference"

    publisher: str | None = native(Text(shortest=1), "The publisher.", "canonical")
    offer: str | None = native(Text(shortest=1), "The offer.", "ubuntu-24_04-lts")
    sku: str | None = native(Text(shortest=1), "The SKU.", "server")
    version: str | None = native(Text(shortest=1), "The version; latest when not given.", "latest")
    id: str | None = key(
        Text(shortest=1),
        "The Azure resource id of a gallery image, instead of publisher, offer and sku.",
        "/subscriptions/...",
        default=None,
        field="virtual_machine_image_id",
    )
    shared_gallery_image_id: str | None = native(
        Text(shortest=1),
        "The id of an image of a shared gallery, instead of publisher, offer and sku.",
        "/sharedGalleries/.../images/ubuntu/versions/latest",
        api=NEW,
    )
    community_gallery_image_id: str | None = native(
        Text(shortest=1),
        "The id of an image of a community gallery, instead of publisher, offer and sku.",
        "/communityGalleries/.../images/ubuntu/versions/latest",
        api=NEW,
    )
    node_agent_sku_id: str = key(
        Text(shortest=1),
        "The Batch node agent that fits the image.",
        "batch.node.ubuntu 24.04",
        field="(VirtualMachineConfiguration).node_agent_sku_id",
    )

    any_of: ClassVar[tuple[str, ...]] = ("publisher", "id", "shared_gallery_image_id", "community_gallery_image_id")


class Autoscale(Bound):
    """A formula that sets the number of nodes again and again."""

    formula: str | None = key(
        Text(shortest=1),
        "The formula; it assigns $TargetDedicatedNodes, $TargetLowPriorityNodes or both.",
        "$TargetDedicatedNodes = min(10, max(0, $PendingTasks.GetSample(1)));",
        default=None,
        field="auto_scale_formula",
    )
    interval: timedelta | None = key(
        Duration(),
        "How often it is evaluated: 5 minutes to 168 hours, 15 minutes when not given.",
        "5m",
        default=None,
        field="auto_scale_evaluation_interval",
    )
    enabled: bool | None = key(
        Value(("boolean", "null")),
        "Whether the formula is in force; null says nothing of it to the service.",
        True,
        default=True,
        field="enable_auto_scale",
    )


class Nodes(Bound):
    """How many nodes the pool has: fixed numbers, or a formula."""

    dedicated: int | None = key(
        Whole(0, 1_000_000),
        "Nodes that stay until they are given back; 0 when not given.",
        1,
        default=None,
        field="target_dedicated_nodes",
    )
    spot: int | None = key(
        Whole(0, 1_000_000),
        "Cheaper nodes that Azure may take away; 0 when not given.",
        4,
        default=None,
        field="target_low_priority_nodes",
    )
    autoscale: Autoscale | None = key(
        Table(Autoscale),
        "A formula instead of fixed numbers.",
        {"formula": "$TargetDedicatedNodes = 2;", "interval": "5m"},
        default=None,
    )


class PoolSpecification(Bound):
    """Machines, without a name of their own: what a pool and an auto pool have in common."""

    sdk: ClassVar[str] = "PoolSpecification"

    display_name: str | None = native(DISPLAY_NAME, common.DISPLAY_DOC, "The hexgrid's machines")
    vm_size: str = native(
        Text(pattern=r"[A-Za-z0-9_-]+", form="the name of an Azure VM size"),
        "The size of its machines.",
        "Standard_D2s_v5",
        required=True,
    )
    image: str | Image | None = key(
        Either((Text(shortest=1), Table(Image))),
        "An alias such as ubuntu-24.04, or a full reference.",
        "ubuntu-24.04",
        default=None,
        field="virtual_machine_configuration.image_reference",
    )
    virtual_machine_configuration: VirtualMachineConfiguration | None = native(
        Table(VirtualMachineConfiguration),
        "More about the machines: disks, containers, extensions, security. The image is written as image.",
        {"container_configuration": {"type": "dockerCompatible"}},
    )
    cloud_service_configuration: CloudServiceConfiguration | None = native(
        Table(CloudServiceConfiguration),
        "Retired: pools have virtual machines; write image.",
        {"os_family": "6"},
        api=OLD,
    )
    nodes: Nodes | None = key(
        Table(Nodes), "How many there are.", {"dedicated": 1, "spot": 0}, default=None, field="target_dedicated_nodes"
    )
    resize_timeout: timedelta | None = native(
        Duration(), "How long the service tries to get the nodes; 15 minutes when not given.", "20m"
    )
    task_slots_per_node: int | None = native(Whole(1, 256), "How many slots for tasks a node has; 1 when not given.", 2)
    task_scheduling_policy: TaskSchedulingPolicy | None = native(
        Table(TaskSchedulingPolicy), "How tasks are spread over the nodes.", {"node_fill_type": "pack"}
    )
    start_task: StartTask | None = native(
        Table(StartTask),
        "What each node does once, when it joins.",
        {"run": "apt-get update && apt-get install -y python3-venv", "elevated": True},
    )
    enable_inter_node_communication: bool | None = native(
        Flag(), "Nodes can talk to each other directly, as MPI needs; it limits how large the pool can be.", True
    )
    network_configuration: NetworkConfiguration | None = native(
        Table(NetworkConfiguration), "How the nodes are connected.", {"subnet_id": "/subscriptions/.../subnets/batch"}
    )
    user_accounts: tuple[UserAccount, ...] | None = native(
        ListOf(Table(UserAccount)),
        "Users that are made on each node.",
        [{"name": "worker", "password": "${{ env.WORKER_PASSWORD }}", "elevation_level": "nonadmin"}],
    )
    mount_configuration: tuple[MountConfiguration, ...] | None = native(
        ListOf(Table(MountConfiguration)),
        "File systems that are mounted on each node.",
        [{"nfs_mount_configuration": {"source": "10.0.0.4:/data", "relative_mount_path": "data"}}],
    )
    application_package_references: tuple[ApplicationPackageReference, ...] | None = native(
        PACKAGES, PACKAGES_DOC, PACKAGES_EXAMPLE
    )
    upgrade_policy: UpgradePolicy | None = native(
        Table(UpgradePolicy), "How the nodes' operating system is kept up to date.", {"mode": "manual"}
    )
    metadata: dict[str, str] | None = key(
        METADATA, common.METADATA_DOC, {"team": "weather"}, default=None, field="metadata"
    )
    certificate_references: tuple[CertificateReference, ...] | None = native(
        ListOf(Table(CertificateReference)),
        "Retired: certificates of the Batch account; use Azure Key Vault instead.",
        [{"thumbprint": "0123456789abcdef0123456789abcdef01234567", "thumbprint_algorithm": "sha1"}],
        api=OLD,
    )
    application_licenses: tuple[str, ...] | None = native(
        ListOf(Text(shortest=1)), "Retired: licences billed by the service.", ["maya"], api=OLD
    )
    target_node_communication_mode: str | None = native(
        Text(choices=("default", "classic", "simplified")),
        "Retired: how the nodes talk to the service; simplified is the one that is left.",
        "simplified",
        api=OLD,
    )
    resource_tags: dict[str, str] | None = native(
        MapOf(Text()), "Retired: Azure tags on the pool's resources.", {"team": "weather"}, api=OLD
    )

    any_of: ClassVar[tuple[str, ...]] = ("image", "cloud_service_configuration")


class Pool(PoolSpecification):
    """The machines."""

    sdk: ClassVar[str] = "PoolAddParameter"

    id: str = native(ID, "The pool's id.", "hexgrid", required=True)
    lifetime: timedelta | None = key(
        Duration(),
        "The longest that the pool has nodes, counted from the apply that made it or gave them back to it; "
        "what still runs then is queued again. The service does it, and nobody has to watch.",
        "8h",
        default=None,
    )
