"""The service's own fields of a pool's machines. The image and its node agent are spelled `image`, not here."""

from __future__ import annotations

from typing import Any, ClassVar

from batchspec.spec.native.common import API_2024, IDENTITY, OBJECT, TEXT, ContainerRegistry
from batchspec.spec.native.disks import DataDisk, DiskEncryptionConfiguration, OSDisk
from batchspec.spec.native.security import SecurityProfile
from batchspec.spec.shape import Flag, ListOf, Text
from batchspec.spec.table import Bound, Table, native

_ARTIFACT = (
    "/subscriptions/3f2a1b7c-0000-4000-8000-000000000000/resourceGroups/images/providers/Microsoft.Compute"
    "/galleries/shared/serviceArtifacts/nodes/vmArtifactsProfiles/stable"
)


class WindowsConfiguration(Bound):
    """Settings of a Windows machine."""

    sdk: ClassVar[str] = "WindowsConfiguration"

    enable_automatic_updates: bool | None = native(
        Flag(), "Whether Windows updates itself; true when not given.", False
    )


class ContainerConfiguration(Bound):
    """What the nodes need to run tasks in containers."""

    sdk: ClassVar[str] = "ContainerConfiguration"

    type: str = native(
        Text(choices=("dockerCompatible", "criCompatible")),
        "The kind of container engine.",
        "dockerCompatible",
        required=True,
    )
    container_image_names: tuple[str, ...] | None = native(
        ListOf(TEXT),
        "Images that each node pulls when it joins, as docker pull takes them.",
        ["hexgrid.azurecr.io/solver:1.4"],
    )
    container_registries: tuple[ContainerRegistry, ...] | None = native(
        ListOf(Table(ContainerRegistry)),
        "The private registries that images come from, and how to sign in there.",
        [{"registry_server": "hexgrid.azurecr.io", "identity_reference": {"resource_id": IDENTITY}}],
    )


class NodePlacementConfiguration(Bound):
    """How the nodes are spread over the region."""

    sdk: ClassVar[str] = "NodePlacementConfiguration"

    policy: str | None = native(
        Text(choices=("regional", "zonal")),
        "Anywhere in the region, or over its availability zones; regional when not given.",
        "zonal",
    )


class VMExtension(Bound):
    """An extension that is installed on each node."""

    sdk: ClassVar[str] = "VMExtension"
    secrets: ClassVar[tuple[str, ...]] = ("protected_settings",)

    name: str = native(TEXT, "The extension's name in this pool.", "monitor", required=True)
    publisher: str = native(TEXT, "Who publishes it.", "Microsoft.Azure.Monitor", required=True)
    type: str = native(TEXT, "What the publisher calls it.", "AzureMonitorLinuxAgent", required=True)
    type_handler_version: str | None = native(TEXT, "Its version.", "1.33")
    auto_upgrade_minor_version: bool | None = native(
        Flag(), "Whether a newer minor version is taken when it is installed; never later.", True
    )
    enable_automatic_upgrade: bool | None = native(
        Flag(), "Whether the platform replaces it when a newer version is out.", False
    )
    settings: dict[str, Any] | None = native(
        OBJECT, "Its settings, any JSON object; everybody who may read the pool sees them.", {"workspace": "hexgrid"}
    )
    protected_settings: dict[str, Any] | None = native(
        OBJECT,
        "Its secret settings, any JSON object; the service does not give them back.",
        {"workspaceKey": "${{ env.WORKSPACE_KEY }}"},
    )
    provision_after_extensions: tuple[str, ...] | None = native(
        ListOf(TEXT), "Names of the extensions that are installed before it.", ["drivers"]
    )


class ServiceArtifactReference(Bound):
    """A service artifact, which keeps all nodes on one image version where the image says latest."""

    sdk: ClassVar[str] = "ServiceArtifactReference"

    id: str = native(TEXT, "The Azure resource id of the artifact's profile.", _ARTIFACT, required=True)


class VirtualMachineConfiguration(Bound):
    """What the pool's machines are made of, beside their image."""

    sdk: ClassVar[str] = "VirtualMachineConfiguration"

    windows_configuration: WindowsConfiguration | None = native(
        Table(WindowsConfiguration),
        "Settings of Windows machines; not with a Linux image.",
        {"enable_automatic_updates": False},
    )
    data_disks: tuple[DataDisk, ...] | None = native(
        ListOf(Table(DataDisk)),
        "Empty disks that each node gets; a start task formats and mounts them.",
        [{"lun": 0, "disk_size_gb": 512}],
    )
    license_type: str | None = native(
        TEXT,
        "The Windows licence of your own that the nodes use, Windows_Server or Windows_Client; none when not given.",
        "Windows_Server",
    )
    container_configuration: ContainerConfiguration | None = native(
        Table(ContainerConfiguration),
        "Lets tasks run in containers; then every task of the pool must.",
        {"type": "dockerCompatible", "container_image_names": ["ubuntu:24.04"]},
    )
    disk_encryption_configuration: DiskEncryptionConfiguration | None = native(
        Table(DiskEncryptionConfiguration),
        "Which of the nodes' disks are encrypted.",
        {"targets": ["osdisk", "temporarydisk"]},
    )
    node_placement_configuration: NodePlacementConfiguration | None = native(
        Table(NodePlacementConfiguration), "How the nodes are spread over the region.", {"policy": "zonal"}
    )
    extensions: tuple[VMExtension, ...] | None = native(
        ListOf(Table(VMExtension)),
        "Extensions that are installed on each node.",
        [{"name": "monitor", "publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent"}],
    )
    os_disk: OSDisk | None = native(
        Table(OSDisk), "The disk that the operating system is on.", {"disk_size_gb": 128, "caching": "readonly"}
    )
    security_profile: SecurityProfile | None = native(
        Table(SecurityProfile),
        "How the machines are guarded.",
        {"security_type": "trustedLaunch", "uefi_settings": {"secure_boot_enabled": True, "v_tpm_enabled": True}},
    )
    service_artifact_reference: ServiceArtifactReference | None = native(
        Table(ServiceArtifactReference),
        "Keeps all nodes on one image version where the image says latest.",
        {"id": _ARTIFACT},
    )


class CloudServiceConfiguration(Bound):
    """Machines of a cloud service, which the service has retired."""

    sdk: ClassVar[str] = "CloudServiceConfiguration"

    os_family: str = native(TEXT, "The Windows Server family: 6 is 2019, 5 is 2016.", "6", required=True, api=API_2024)
    os_version: str | None = native(
        TEXT, "The guest OS version; * is the latest, and what it is when not given.", "*", api=API_2024
    )
