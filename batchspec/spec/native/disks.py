"""The service's own fields of a machine's disks."""

from __future__ import annotations

from typing import ClassVar

from batchspec.spec.native.common import API_2024, API_2025, IDENTITY, INT32, TEXT
from batchspec.spec.shape import Flag, ListOf, Text, Whole
from batchspec.spec.table import Bound, Table, native

_CACHING = Text(choices=("none", "readonly", "readwrite"))
_STORAGE = Text(choices=("standard_lrs", "premium_lrs", "standardssd_lrs"))
_ENCRYPTION_SET = (
    "/subscriptions/3f2a1b7c-0000-4000-8000-000000000000/resourceGroups/batch"
    "/providers/Microsoft.Compute/diskEncryptionSets/nodes"
)


class DiskEncryptionSetParameters(Bound):
    """The disk encryption set that encrypts a disk with a key of your own."""

    sdk: ClassVar[str] = "DiskEncryptionSetParameters"

    id: str | None = native(
        TEXT,
        "The Azure resource id of the disk encryption set, in the Batch account's own subscription.",
        _ENCRYPTION_SET,
        api=API_2025,
    )


class BatchVmDiskSecurityProfile(Bound):
    """How a confidential machine's disk is encrypted."""

    sdk: ClassVar[str] = "BatchVmDiskSecurityProfile"

    security_encryption_type: str | None = native(
        Text(choices=("DiskWithVMGuestState", "NonPersistedTPM", "VMGuestStateOnly")),
        "What is encrypted; needed for confidential machines, and only for them.",
        "VMGuestStateOnly",
        api=API_2025,
    )


class ManagedDisk(Bound):
    """The managed disk behind a disk of the machine."""

    sdk: ClassVar[str] = "ManagedDisk"

    storage_account_type: str | None = native(_STORAGE, "The kind of storage that it is on.", "standardssd_lrs")
    disk_encryption_set: DiskEncryptionSetParameters | None = native(
        Table(DiskEncryptionSetParameters),
        "Encrypts it with a key of your own; only for accounts that make pools in the user's subscription.",
        {"id": _ENCRYPTION_SET},
        api=API_2025,
    )
    security_profile: BatchVmDiskSecurityProfile | None = native(
        Table(BatchVmDiskSecurityProfile),
        "How the disk of a confidential machine is encrypted.",
        {"security_encryption_type": "VMGuestStateOnly"},
        api=API_2025,
    )


class DataDisk(Bound):
    """An empty disk that each node gets."""

    sdk: ClassVar[str] = "DataDisk"

    lun: int = native(
        Whole(0, 63), "The disk's logical unit number, another for each disk of the node.", 0, required=True
    )
    caching: str | None = native(_CACHING, "How the host caches it; readwrite when not given.", "readonly")
    disk_size_gb: int = native(INT32, "Its size in gigabytes.", 512, required=True)
    storage_account_type: str | None = native(
        _STORAGE,
        "The kind of storage that it is on; standard_lrs when not given. Later versions have managed_disk.",
        "premium_lrs",
        api=API_2024,
    )
    managed_disk: ManagedDisk | None = native(
        Table(ManagedDisk),
        "The managed disk behind it.",
        {"storage_account_type": "premium_lrs"},
        api=API_2025,
    )


class BatchPoolIdentityReference(Bound):
    """One of the identities that the pool has."""

    sdk: ClassVar[str] = "BatchPoolIdentityReference"

    resource_id: str | None = native(
        TEXT, "The Azure resource id of the user-assigned identity; the pool must have it.", IDENTITY, api=API_2025
    )


class DiskCustomerManagedKey(Bound):
    """A key of your own in a key vault that encrypts the nodes' disks."""

    sdk: ClassVar[str] = "DiskCustomerManagedKey"

    identity_reference: BatchPoolIdentityReference | None = native(
        Table(BatchPoolIdentityReference),
        "The pool's identity that may read the key.",
        {"resource_id": IDENTITY},
        api=API_2025,
    )
    key_url: str | None = native(
        TEXT,
        "The key's URL, always with its version.",
        "https://hexgrid.vault.azure.net/keys/disks/0123456789abcdef0123456789abcdef",
        api=API_2025,
    )
    rotation_to_latest_key_version_enabled: bool | None = native(
        Flag(), "Whether disks move to the key's latest version by themselves; false when not given.", True,
        api=API_2025,
    )  # fmt: skip


class DiskEncryptionConfiguration(Bound):
    """Which disks of the nodes are encrypted, and with what."""

    sdk: ClassVar[str] = "DiskEncryptionConfiguration"

    targets: tuple[str, ...] | None = native(
        ListOf(Text(choices=("osdisk", "temporarydisk"))),
        "The disks, none when not given; Linux pools take temporarydisk alone, Windows pools both together.",
        ["temporarydisk"],
    )
    customer_managed_key: DiskCustomerManagedKey | None = native(
        Table(DiskCustomerManagedKey),
        "A key of your own for the OS disk; the pool needs an identity, and targets must have osdisk.",
        {
            "identity_reference": {"resource_id": IDENTITY},
            "key_url": "https://hexgrid.vault.azure.net/keys/disks/0123456789abcdef0123456789abcdef",
        },
        api=API_2025,
    )


class DiffDiskSettings(Bound):
    """An operating system disk that lives on the host alone and is lost with it."""

    sdk: ClassVar[str] = "DiffDiskSettings"

    placement: str | None = native(
        Text(choices=("CacheDisk",)), "Where on the host it is; the cache disk is the one place.", "CacheDisk"
    )


class OSDisk(Bound):
    """The disk that the operating system is on."""

    sdk: ClassVar[str] = "OSDisk"

    ephemeral_os_disk_settings: DiffDiskSettings | None = native(
        Table(DiffDiskSettings), "Puts the disk on the host itself: faster, and free.", {"placement": "CacheDisk"}
    )
    caching: str | None = native(
        _CACHING, "How the host caches it; by default none on standard storage, readonly on premium.", "readonly"
    )
    managed_disk: ManagedDisk | None = native(
        Table(ManagedDisk), "The managed disk behind it.", {"storage_account_type": "standardssd_lrs"}
    )
    disk_size_gb: int | None = native(INT32, "Its size in gigabytes; the image's own size when not given.", 128)
    write_accelerator_enabled: bool | None = native(
        Flag(), "Whether writes go through the write accelerator, which few machine sizes have.", False
    )
