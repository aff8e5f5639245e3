"""The SDK's models with what API version 2025-06-01 added to them.

The classes of azure-batch 14.2 know the fields of 2024-02-01.19.0. Here each model that gained fields has a subclass
that carries them too, and models that are new have a class of their own, so that `serialize()` writes them.
Read from the service's REST reference, https://learn.microsoft.com/rest/api/batchservice, and SDK 15.1.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import azure.batch.models as sdk
from msrest.serialization import Model

ADDED: dict[str, dict[str, tuple[str, str]]] = {  # model -> attribute -> (JSON key, type)
    "DataDisk": {
        "managed_disk": ("managedDisk", "ManagedDisk"),
    },
    "DiskEncryptionConfiguration": {
        "customer_managed_key": ("customerManagedKey", "DiskCustomerManagedKey"),
    },
    "ImageReference": {
        "shared_gallery_image_id": ("sharedGalleryImageId", "str"),
        "community_gallery_image_id": ("communityGalleryImageId", "str"),
    },
    "JobNetworkConfiguration": {
        "skip_withdraw_from_vnet": ("skipWithdrawFromVNet", "bool"),
    },
    "ManagedDisk": {
        "disk_encryption_set": ("diskEncryptionSet", "DiskEncryptionSetParameters"),
        "security_profile": ("securityProfile", "BatchVmDiskSecurityProfile"),
    },
    "PublicIPAddressConfiguration": {
        "ip_families": ("ipFamilies", "[str]"),
        "ip_tags": ("ipTags", "[IPTag]"),
    },
    "SecurityProfile": {
        "security_type": ("securityType", "str"),  # its enumeration in the SDK lacks the new confidentialvm
        "proxy_agent_settings": ("proxyAgentSettings", "ProxyAgentSettings"),
    },
    "TaskContainerSettings": {
        "container_host_batch_bind_mounts": ("containerHostBatchBindMounts", "[ContainerHostBatchBindMountEntry]"),
    },
    "TaskSchedulingPolicy": {
        "job_default_order": ("jobDefaultOrder", "str"),
    },
    # New models.
    "BatchPoolIdentityReference": {
        "resource_id": ("resourceId", "str"),
    },
    "BatchVmDiskSecurityProfile": {
        "security_encryption_type": ("securityEncryptionType", "str"),
    },
    "ContainerHostBatchBindMountEntry": {
        "source": ("source", "str"),
        "is_read_only": ("isReadOnly", "bool"),
    },
    "DiskCustomerManagedKey": {
        "identity_reference": ("identityReference", "BatchPoolIdentityReference"),
        "key_url": ("keyUrl", "str"),
        "rotation_to_latest_key_version_enabled": ("rotationToLatestKeyVersionEnabled", "bool"),
    },
    "DiskEncryptionSetParameters": {
        "id": ("id", "str"),
    },
    "HostEndpointSettings": {
        "in_vm_access_control_profile_reference_id": ("inVMAccessControlProfileReferenceId", "str"),
        "mode": ("mode", "str"),
    },
    "IPTag": {
        "ip_tag_type": ("ipTagType", "str"),
        "tag": ("tag", "str"),
    },
    "ProxyAgentSettings": {
        "enabled": ("enabled", "bool"),
        "imds": ("imds", "HostEndpointSettings"),
        "wire_server": ("wireServer", "HostEndpointSettings"),
    },
}


@cache
def sdk_model(name: str) -> Any:
    """The class of a model: the SDK's own with what was added to it, or one of our own when it is new."""
    base, added = getattr(sdk, name, Model), ADDED.get(name)
    if added is None:
        if base is Model:
            message = f"the SDK has no model {name}"
            raise LookupError(message)
        return base
    known = getattr(base, "_attribute_map", {})
    new = [attribute for attribute in added if attribute not in known]

    def init(self: Any, **given: Any) -> None:
        more = {attribute: given.pop(attribute, None) for attribute in new}
        base.__init__(self, **given)
        self.__dict__.update(more)

    members = {attribute: {"key": key, "type": kind} for attribute, (key, kind) in added.items()}
    return type(name, (base,), {"__init__": init, "_attribute_map": {**known, **members}})
