"""Bodies of the pool and node operations.

Members that describe a machine (size, image, disks, network) have no effect on processes of this one and are
kept as a description; members that would make tasks run differently are refused.
"""

from __future__ import annotations

from batchspec.emulator.batch.schema.common import (
    APPLICATION_PACKAGES,
    CERTIFICATES,
    COMMAND,
    CONTAINER_SETTINGS,
    DEALLOCATION,
    ENVIRONMENT,
    ID,
    LABEL,
    METADATA,
    NEW,
    NODES,
    OLD,
    RESIZE_TIMEOUT,
    RESOURCE_FILES,
    RETRIES,
    SLOTS,
    TEXT,
    USER_IDENTITY,
)
from batchspec.emulator.batch.schema.kinds import (
    Anything,
    Duration,
    Enum,
    Flag,
    In,
    List,
    Object,
    Only,
    Unhonoured,
)
from batchspec.emulator.batch.schema.machines import NETWORK, UPGRADE_POLICY, VIRTUAL_MACHINE
from batchspec.emulator.batch.schema.rules import at_least_one, sized_one_way

START_TASK = Object(
    {
        "commandLine!": COMMAND,
        "containerSettings": CONTAINER_SETTINGS,
        "resourceFiles": RESOURCE_FILES,
        "environmentSettings": ENVIRONMENT,
        "userIdentity": USER_IDENTITY,
        "maxTaskRetryCount": RETRIES,
        "waitForSuccess": Flag(),
    }
)

SCALE_INTERVAL = Duration(low=5 * 60, high=168 * 3600)
_COMMUNICATION = In(OLD, Enum("default", "classic", "simplified"))
_SCHEDULING = Object(
    {"nodeFillType!": Enum("spread", "pack"), "jobDefaultOrder": In(NEW, Enum("none", "creationtime"))}
)
_NO_ACCOUNTS = "tasks run as the user who started this local service: it makes no other accounts"

POOL_ADD = Object(
    {
        "id!": ID,
        "displayName": LABEL,
        "vmSize!": TEXT,
        "cloudServiceConfiguration": Unhonoured("pools of cloud services are retired"),
        "virtualMachineConfiguration!": VIRTUAL_MACHINE,
        "resizeTimeout": RESIZE_TIMEOUT,
        "targetDedicatedNodes": NODES,
        "targetLowPriorityNodes": NODES,
        "enableAutoScale": Flag(),
        "autoScaleFormula": TEXT,
        "autoScaleEvaluationInterval": SCALE_INTERVAL,
        "enableInterNodeCommunication": Flag(),
        "networkConfiguration": NETWORK,
        "startTask": START_TASK,
        "certificateReferences": In(OLD, CERTIFICATES),
        "applicationPackageReferences": APPLICATION_PACKAGES,
        "applicationLicenses": In(OLD, Only([], List(TEXT), "this local service has no licenses to lend")),
        "taskSlotsPerNode": SLOTS,
        "taskSchedulingPolicy": _SCHEDULING,
        "userAccounts": Only([], List(Anything()), _NO_ACCOUNTS),
        "metadata": METADATA,
        "mountConfiguration": Only([], List(Anything()), "this local service mounts no file systems"),
        "targetNodeCommunicationMode": _COMMUNICATION,
        "upgradePolicy": UPGRADE_POLICY,
        "resourceTags": In(OLD, Anything()),
    },
    rules=[sized_one_way],
)

POOL_PATCH = Object(
    {
        "startTask": START_TASK,
        "certificateReferences": In(OLD, CERTIFICATES),
        "applicationPackageReferences": APPLICATION_PACKAGES,
        "metadata": METADATA,
        "targetNodeCommunicationMode": _COMMUNICATION,
        "displayName": In(NEW, LABEL),
        "vmSize": In(NEW, TEXT),
        "taskSlotsPerNode": In(NEW, SLOTS),
        "taskSchedulingPolicy": In(NEW, _SCHEDULING),
        "enableInterNodeCommunication": In(NEW, Flag()),
        "virtualMachineConfiguration": In(NEW, VIRTUAL_MACHINE),
        "networkConfiguration": In(NEW, NETWORK),
        "userAccounts": In(NEW, Only([], List(Anything()), _NO_ACCOUNTS)),
        "mountConfiguration": In(NEW, Only([], List(Anything()), "this local service mounts no file systems")),
        "upgradePolicy": In(NEW, UPGRADE_POLICY),
    }
)

POOL_UPDATE_PROPERTIES = Object(
    {
        "startTask": START_TASK,
        "certificateReferences": In(OLD, CERTIFICATES),
        "applicationPackageReferences!": APPLICATION_PACKAGES,
        "metadata!": METADATA,
        "targetNodeCommunicationMode": _COMMUNICATION,
    }
)

POOL_RESIZE = Object(
    {
        "targetDedicatedNodes": NODES,
        "targetLowPriorityNodes": NODES,
        "resizeTimeout": RESIZE_TIMEOUT,
        "nodeDeallocationOption": DEALLOCATION,
    },
    rules=[at_least_one("targetDedicatedNodes", "targetLowPriorityNodes")],
)

POOL_ENABLE_AUTOSCALE = Object({"autoScaleFormula": TEXT, "autoScaleEvaluationInterval": SCALE_INTERVAL})
POOL_EVALUATE_AUTOSCALE = Object({"autoScaleFormula!": TEXT})

NODE_REMOVE = Object(
    {
        "nodeList!": List(TEXT, longest=100),
        "resizeTimeout": RESIZE_TIMEOUT,
        "nodeDeallocationOption": DEALLOCATION,
    }
)

NODE_REBOOT = Object({"nodeRebootOption": DEALLOCATION})
NODE_REIMAGE = Object({"nodeReimageOption": DEALLOCATION})
