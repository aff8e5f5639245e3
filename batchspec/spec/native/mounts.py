"""The service's own fields of the file systems that a pool's nodes mount."""

from __future__ import annotations

from typing import Any, ClassVar

from batchspec.spec.native.common import IDENTITY, OPTIONS, TEXT, ComputeNodeIdentityReference
from batchspec.spec.table import Bound, Table, native


def _path() -> Any:
    return native(TEXT, "Where it appears, below $AZ_BATCH_NODE_MOUNTS_DIR.", "data", required=True)


def _options(example: str) -> Any:
    return native(OPTIONS, "More options: of mount on Linux, of net use on Windows.", example)


class AzureBlobFileSystemConfiguration(Bound):
    """A blob container that the nodes mount with blobfuse."""

    sdk: ClassVar[str] = "AzureBlobFileSystemConfiguration"
    secrets: ClassVar[tuple[str, ...]] = ("account_key", "sas_key")

    account_name: str = native(TEXT, "The storage account's name.", "hexgrid", required=True)
    container_name: str = native(TEXT, "The container's name.", "data", required=True)
    account_key: str | None = native(
        TEXT, "The storage account's key; not together with sas_key or identity_reference.", "${{ env.STORAGE_KEY }}"
    )
    sas_key: str | None = native(
        TEXT, "A SAS token; not together with account_key or identity_reference.", "${{ env.STORAGE_SAS }}"
    )
    blobfuse_options: str | None = native(
        OPTIONS, "More options of blobfuse.", "-o attr_timeout=240 -o entry_timeout=240"
    )
    relative_mount_path: str = _path()
    identity_reference: ComputeNodeIdentityReference | None = native(
        Table(ComputeNodeIdentityReference),
        "The identity to read and write as; not together with account_key or sas_key.",
        {"resource_id": IDENTITY},
    )


class NFSMountConfiguration(Bound):
    """An NFS file system that the nodes mount."""

    sdk: ClassVar[str] = "NFSMountConfiguration"

    source: str = native(TEXT, "The server and its export.", "10.0.0.4:/export/data", required=True)
    relative_mount_path: str = _path()
    mount_options: str | None = _options("-o vers=4,minorversion=1,sec=sys")


class CIFSMountConfiguration(Bound):
    """A CIFS (SMB) share that the nodes mount."""

    sdk: ClassVar[str] = "CIFSMountConfiguration"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    username: str = native(TEXT, "The user to sign in as.", "solver", required=True)
    source: str = native(TEXT, "The server and its share.", "//10.0.0.5/data", required=True)
    relative_mount_path: str = _path()
    mount_options: str | None = _options("-o vers=3.0,dir_mode=0777,file_mode=0777")
    password: str = native(TEXT, "The user's password.", "${{ env.SHARE_PASSWORD }}", required=True)


class AzureFileShareConfiguration(Bound):
    """An Azure Files share that the nodes mount."""

    sdk: ClassVar[str] = "AzureFileShareConfiguration"
    secrets: ClassVar[tuple[str, ...]] = ("account_key",)

    account_name: str = native(TEXT, "The storage account's name.", "hexgrid", required=True)
    azure_file_url: str = native(TEXT, "The share's URL.", "https://hexgrid.file.core.windows.net/data", required=True)
    account_key: str = native(TEXT, "The storage account's key.", "${{ env.STORAGE_KEY }}", required=True)
    relative_mount_path: str = _path()
    mount_options: str | None = _options("-o vers=3.0,dir_mode=0777,file_mode=0777")


class MountConfiguration(Bound):
    """A file system that each node mounts when it joins: one of the four kinds."""

    sdk: ClassVar[str] = "MountConfiguration"

    azure_blob_file_system_configuration: AzureBlobFileSystemConfiguration | None = native(
        Table(AzureBlobFileSystemConfiguration),
        "A blob container, by blobfuse; not together with another kind.",
        {
            "account_name": "hexgrid",
            "container_name": "data",
            "relative_mount_path": "data",
            "identity_reference": {"resource_id": IDENTITY},
        },
    )
    nfs_mount_configuration: NFSMountConfiguration | None = native(
        Table(NFSMountConfiguration),
        "An NFS file system; not together with another kind.",
        {"source": "10.0.0.4:/export/data", "relative_mount_path": "data"},
    )
    cifs_mount_configuration: CIFSMountConfiguration | None = native(
        Table(CIFSMountConfiguration),
        "A CIFS (SMB) share; not together with another kind.",
        {
            "username": "solver",
            "source": "//10.0.0.5/data",
            "relative_mount_path": "data",
            "password": "${{ env.SHARE_PASSWORD }}",
        },
    )
    azure_file_share_configuration: AzureFileShareConfiguration | None = native(
        Table(AzureFileShareConfiguration),
        "An Azure Files share; not together with another kind.",
        {
            "account_name": "hexgrid",
            "azure_file_url": "https://hexgrid.file.core.windows.net/data",
            "account_key": "${{ env.STORAGE_KEY }}",
            "relative_mount_path": "data",
        },
    )
