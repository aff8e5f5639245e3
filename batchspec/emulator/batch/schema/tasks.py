"""Bodies of the task operations."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.schema.common import (
    APPLICATION_PACKAGES,
    COMMAND,
    CONTAINER_SETTINGS,
    ENVIRONMENT,
    ID,
    LABEL,
    OLD,
    OUTPUT_FILES,
    RESOURCE_FILES,
    SLOTS,
    TASK_CONSTRAINTS,
    TEXT,
    USER_IDENTITY,
)
from batchspec.emulator.batch.schema.kinds import (
    Anything,
    Enum,
    In,
    Int,
    List,
    Object,
    Unfit,
    Unhonoured,
)

MAX_COLLECTION = 100
MAX_DEPENDENCY_CHARACTERS = 64_000


def _in_order(value: dict[str, Any]) -> None:
    if value["start"] > value["end"]:
        raise Unfit("InvalidPropertyValue", value["end"], f"below the start, {value['start']}", "end")


def _short_enough(value: dict[str, Any]) -> None:
    total = sum(map(len, value.get("taskIds", ())))
    if total > MAX_DEPENDENCY_CHARACTERS:
        reason = f"more than {MAX_DEPENDENCY_CHARACTERS} characters in all: use taskIdRanges"
        raise Unfit("TaskDependencyListTooLong", None, reason, "taskIds")


_EXIT_OPTIONS = Object(
    {"jobAction": Enum("none", "disable", "terminate"), "dependencyAction": Enum("satisfy", "block")}
)
_EXIT_CONDITIONS = Object(
    {
        "exitCodes": List(Object({"code!": Int(), "exitOptions!": _EXIT_OPTIONS})),
        "exitCodeRanges": List(
            Object({"start!": Int(), "end!": Int(), "exitOptions!": _EXIT_OPTIONS}, rules=[_in_order])
        ),
        "preProcessingError": _EXIT_OPTIONS,
        "fileUploadError": _EXIT_OPTIONS,
        "default": _EXIT_OPTIONS,
    }
)
_DEPENDS_ON = Object(
    {
        "taskIds": List(TEXT),
        "taskIdRanges": List(Object({"start!": Int(0), "end!": Int(0)}, rules=[_in_order])),
    },
    rules=[_short_enough],
)
TASK_ADD = Object(
    {
        "id!": ID,
        "displayName": LABEL,
        "commandLine!": COMMAND,
        "containerSettings": CONTAINER_SETTINGS,
        "exitConditions": _EXIT_CONDITIONS,
        "resourceFiles": RESOURCE_FILES,
        "outputFiles": OUTPUT_FILES,
        "environmentSettings": ENVIRONMENT,
        "affinityInfo": Object({"affinityId!": TEXT}),
        "constraints": TASK_CONSTRAINTS,
        "requiredSlots": SLOTS,
        "userIdentity": USER_IDENTITY,
        "multiInstanceSettings": Unhonoured("this local service has no multi-instance tasks"),
        "dependsOn": _DEPENDS_ON,
        "applicationPackageReferences": APPLICATION_PACKAGES,
        "authenticationTokenSettings": In(OLD, Unhonoured("this local service gives tasks no access to the account")),
    }
)
# each task is checked by itself, so that one that is refused does not hold up the others
TASK_COLLECTION = Object({"value!": List(Anything(), longest=MAX_COLLECTION)})
TASK_UPDATE = Object({"constraints": TASK_CONSTRAINTS})
