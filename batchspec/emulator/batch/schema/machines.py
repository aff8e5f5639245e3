"""What describes a pool's machines: image, disks, network, upgrades.

None of it has an effect on processes of this machine. It is checked, kept and shown, so that a pool reads here as it
does on the service; what would run something or contain tasks differently is refused.
"""

from __future__ import annotations

from batchspec.emulator.batch.schema.common import CONTAINER_CONFIGURATION, NEW, OLD, TEXT
from batchspec.emulator.batch.schema.kinds import Anything, Duration, Enum, Flag, In, Int, List, Object, Unhonoured
from batchspec.emulator.batch.schema.rules import exactly_one

_CACHING = Enum("none", "readonly", "readwrite")
_STORAGE = Enum("standard_lrs", "premium_lrs", "standardssd_lrs")
_RESOURCE_ID = Object({"id!": TEXT})

_IMAGE_REFERENCE = Object(
    {
        "publisher": TEXT,
        "offer": TEXT,
        "sku": TEXT,
        "version": TEXT,
        "virtualMachineImageId": TEXT,
        "sharedGalleryImageId": In(NEW, TEXT),
        "communityGalleryImageId": In(NEW, TEXT),
    },
    rules=[exactly_one("sku", "virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId")],
)
_MANAGED_DISK = Object(
    {
        "storageAccountType": _STORAGE,
        "diskEncryptionSet": In(NEW, Object({"id": TEXT})),
        "securityProfile": In(NEW, Object({"securityEncryptionType": TEXT})),
    }
)
_DATA_DISK = Object(
    {
        "lun!": Int(0, 63),
        "caching": _CACHING,
        "diskSizeGB!": Int(1),
        "storageAccountType": In(OLD, _STORAGE),
        "managedDisk": In(NEW, _MANAGED_DISK),
    }
)
_OS_DISK = Object(
    {
        "ephemeralOSDiskSettings": Object({"placement": Enum("CacheDisk")}),
        "caching": _CACHING,
        "managedDisk": _MANAGED_DISK,
        "diskSizeGB": Int(1),
        "writeAcceleratorEnabled": Flag(),
    }
)
_SECURITY_PROFILE = Object(
    {
        "securityType": TEXT,
        "encryptionAtHost": Flag(),
        "uefiSettings": Object({"secureBootEnabled": Flag(), "vTpmEnabled": Flag()}),
        "proxyAgentSettings": In(NEW, Anything()),
    }
)
VIRTUAL_MACHINE = Object(
    {
        "imageReference!": _IMAGE_REFERENCE,
        "nodeAgentSKUId!": TEXT,
        "windowsConfiguration": Object({"enableAutomaticUpdates": Flag()}),
        "dataDisks": List(_DATA_DISK),
        "licenseType": TEXT,
        "containerConfiguration": CONTAINER_CONFIGURATION,
        "diskEncryptionConfiguration": Object(
            {
                "targets": List(Enum("osdisk", "temporarydisk")),
                "customerManagedKey": In(NEW, Anything()),
            }
        ),
        "nodePlacementConfiguration": Object({"policy": Enum("regional", "zonal")}),
        "extensions": Unhonoured("this local service installs no extensions on the machine"),
        "osDisk": _OS_DISK,
        "securityProfile": _SECURITY_PROFILE,
        "serviceArtifactReference": _RESOURCE_ID,
    }
)

_PORT = Int(1, 65535)
_INBOUND_NAT_POOL = Object(
    {
        "name!": TEXT,
        "protocol!": Enum("tcp", "udp"),
        "backendPort!": _PORT,
        "frontendPortRangeStart!": _PORT,
        "frontendPortRangeEnd!": _PORT,
        "networkSecurityGroupRules": List(
            Object(
                {
                    "priority!": Int(150, 4096),
                    "access!": Enum("allow", "deny"),
                    "sourceAddressPrefix!": TEXT,
                    "sourcePortRanges": List(TEXT),
                }
            )
        ),
    }
)
NETWORK = Object(
    {
        "subnetId": TEXT,
        "dynamicVNetAssignmentScope": Enum("none", "job"),
        "endpointConfiguration": Object({"inboundNATPools!": List(_INBOUND_NAT_POOL, longest=5)}),
        "publicIPAddressConfiguration": Object(
            {
                "provision": Enum("batchmanaged", "usermanaged", "nopublicipaddresses"),
                "ipAddressIds": List(TEXT),
                "ipFamilies": In(NEW, List(TEXT)),
                "ipTags": In(NEW, List(Anything())),
            }
        ),
        "enableAcceleratedNetworking": Flag(),
    }
)

_PERCENT = Int(0, 100)
UPGRADE_POLICY = Object(
    {
        "mode!": Enum("automatic", "manual", "rolling"),
        "automaticOSUpgradePolicy": Object(
            {
                "disableAutomaticRollback": Flag(),
                "enableAutomaticOSUpgrade": Flag(),
                "useRollingUpgradePolicy": Flag(),
                "osRollingUpgradeDeferral": Flag(),
            }
        ),
        "rollingUpgradePolicy": Object(
            {
                "enableCrossZoneUpgrade": Flag(),
                "maxBatchInstancePercent": Int(5, 100),
                "maxUnhealthyInstancePercent": Int(5, 100),
                "maxUnhealthyUpgradedInstancePercent": _PERCENT,
                "pauseTimeBetweenBatches": Duration(),
                "prioritizeUnhealthyInstances": Flag(),
                "rollbackFailedInstancesOnPolicyBreach": Flag(),
            }
        ),
    }
)
