"""Bodies of the job operations."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.schema.common import (
    APPLICATION_PACKAGES,
    COMMAND,
    CONTAINER_SETTINGS,
    ENVIRONMENT,
    ID,
    LABEL,
    METADATA,
    NEW,
    OLD,
    OUTPUT_FILES,
    PRIORITY,
    RESOURCE_FILES,
    RETRIES,
    SLOTS,
    TASK_CONSTRAINTS,
    TEXT,
    USER_IDENTITY,
)
from batchspec.emulator.batch.schema.kinds import (
    Duration,
    Enum,
    Flag,
    In,
    Int,
    Kind,
    Object,
    Only,
    Unfit,
    Unhonoured,
)


def _parallel(value: dict[str, Any]) -> None:
    if value.get("maxParallelTasks") == 0:
        raise Unfit("InvalidPropertyValue", 0, "expected -1 or a number above 0", "maxParallelTasks")


def _ids_differ(value: dict[str, Any]) -> None:
    manager = value.get("jobManagerTask", {}).get("id", "").lower()
    for name, default in (("jobPreparationTask", "jobpreparation"), ("jobReleaseTask", "jobrelease")):
        if manager and name in value and manager == value[name].get("id", default).lower():
            raise Unfit("InvalidPropertyValue", manager, f"the id of {name}, too", "jobManagerTask", "id")


def _release_needs_preparation(value: dict[str, Any]) -> None:
    if "jobReleaseTask" in value and "jobPreparationTask" not in value:
        raise Unfit("MissingRequiredProperty", None, "must be given beside jobReleaseTask", "jobPreparationTask")


_PREPARATION = Object(
    {
        "id": ID,
        "commandLine!": COMMAND,
        "containerSettings": CONTAINER_SETTINGS,
        "resourceFiles": RESOURCE_FILES,
        "environmentSettings": ENVIRONMENT,
        "constraints": TASK_CONSTRAINTS,
        "waitForSuccess": Flag(),
        "userIdentity": USER_IDENTITY,
        "rerunOnNodeRebootAfterSuccess": Flag(),
    }
)
_RELEASE = Object(
    {
        "id": ID,
        "commandLine!": COMMAND,
        "containerSettings": CONTAINER_SETTINGS,
        "resourceFiles": RESOURCE_FILES,
        "environmentSettings": ENVIRONMENT,
        "maxWallClockTime": Duration(high=15 * 60),
        "retentionTime": Duration(),
        "userIdentity": USER_IDENTITY,
    }
)

_MANAGER = Object(
    {
        "id!": ID,
        "displayName": LABEL,
        "commandLine!": COMMAND,
        "containerSettings": CONTAINER_SETTINGS,
        "resourceFiles": RESOURCE_FILES,
        "outputFiles": OUTPUT_FILES,
        "environmentSettings": ENVIRONMENT,
        "constraints": TASK_CONSTRAINTS,
        "requiredSlots": SLOTS,
        "killJobOnCompletion": Flag(),
        "userIdentity": USER_IDENTITY,
        "runExclusive": Flag(),
        "applicationPackageReferences": APPLICATION_PACKAGES,
        "authenticationTokenSettings": In(
            OLD, Unhonoured("authentication tokens are retired, and this local service has none: give the task a key")
        ),
        "allowLowPriorityNode": Flag(),
    }
)

_POOL_INFO = Object(
    {
        "poolId!": ID,
        "autoPoolSpecification": Unhonoured(
            "this local service makes no pools of its own: add one, and name it as poolId"
        ),
    }
)
_NETWORK = Object({"subnetId!": TEXT, "skipWithdrawFromVNet": In(NEW, Flag())})

_CONSTRAINTS = Object({"maxWallClockTime": Duration(), "maxTaskRetryCount": RETRIES})
_COMPLETION = Enum("noaction", "terminatejob")
_PREEMPTION = Only(False, Flag(), "this local service never takes a node from a running task")

_CHANGEABLE: dict[str, Kind] = {
    "priority": PRIORITY,
    "maxParallelTasks": Int(-1),
    "allowTaskPreemption": _PREEMPTION,
    "constraints": _CONSTRAINTS,
    "onAllTasksComplete": _COMPLETION,
    "metadata": METADATA,
}

_FIXED: dict[str, Kind] = {
    "jobManagerTask": _MANAGER,
    "jobPreparationTask": _PREPARATION,
    "jobReleaseTask": _RELEASE,
    "commonEnvironmentSettings": ENVIRONMENT,
    "poolInfo!": _POOL_INFO,
    "onTaskFailure": Enum("noaction", "performexitoptionsjobaction"),
    "usesTaskDependencies": Flag(),
    "networkConfiguration": _NETWORK,
}
_RULES = [_parallel, _release_needs_preparation, _ids_differ]

JOB_ADD = Object(
    {
        "id!": ID,
        "displayName": LABEL,
        **_CHANGEABLE,
        **_FIXED,
    },
    rules=_RULES,
)
JOB_SPECIFICATION = Object({"displayName": LABEL, **_CHANGEABLE, **_FIXED}, rules=_RULES)
JOB_PATCH = Object(
    {**_CHANGEABLE, "poolInfo": _POOL_INFO, "networkConfiguration": In(NEW, _NETWORK)}, rules=[_parallel]
)
JOB_UPDATE = Object(
    {**_CHANGEABLE, "poolInfo!": _POOL_INFO, "networkConfiguration": In(NEW, _NETWORK)}, rules=[_parallel]
)
JOB_DISABLE = Object({"disableTasks!": Enum("requeue", "terminate", "wait")})
JOB_TERMINATE = Object({"terminateReason": TEXT})
