"""What several request bodies have in common."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.schema.kinds import (
    Anything,
    Duration,
    Enum,
    Int,
    List,
    Object,
    Only,
    Text,
    Unfit,
    Unhonoured,
)
from batchspec.emulator.batch.schema.rules import exactly_one
from batchspec.emulator.wire.versions import V2024, V2025

OLD, NEW = (V2024,), (V2025,)

ID = Text(pattern=r"[A-Za-z0-9_-]{1,64}", says="expected 1 to 64 letters, digits, hyphens and underscores")
LABEL = Text(longest=1024)
TEXT = Text()
COMMAND = Text(pattern=r"(?s)\s*\S.*", says="expected a command line")
RETRIES = Int(-1)
PRIORITY = Int(-1000, 1000)
SLOTS = Int(1, 256)
NODES = Int(0)
RESIZE_TIMEOUT = Duration(low=5 * 60)
DEALLOCATION = Enum("requeue", "terminate", "taskcompletion", "retaineddata")

_NO_CONTAINERS = "this local service runs tasks as processes, not in containers"
_NO_PACKAGES = "this local service has no application packages"
_NO_IDENTITIES = "this local service has no managed identities: use a URL with a SAS"

IDENTITY_REFERENCE = Unhonoured(_NO_IDENTITIES)
CONTAINER_SETTINGS = Unhonoured(_NO_CONTAINERS)
CONTAINER_CONFIGURATION = Unhonoured(_NO_CONTAINERS)


APPLICATION_PACKAGES = Only([], List(Anything()), _NO_PACKAGES)
CERTIFICATES = Only([], List(Anything()), "certificates are retired, and this local service has none")

METADATA = List(Object({"name!": TEXT, "value!": TEXT}))
ENVIRONMENT = List(Object({"name!": Text(pattern=r"[^=\0]+", says="expected a name without '='"), "value": TEXT}))

USER_IDENTITY = Object(
    {
        "username": Unhonoured("tasks run as the user who started this local service, not as another account"),
        "autoUser": Object(
            {
                "scope": Enum("task", "pool"),
                "elevationLevel": Only(
                    "nonadmin",
                    Enum("nonadmin", "admin"),
                    "this local service never runs anything as administrator",
                ),
            }
        ),
    }
)


def _inside(value: dict[str, Any]) -> None:
    path = value.get("filePath", "")
    if path.startswith("/") or ".." in path.split("/"):
        raise Unfit("InvalidPropertyValue", path, "expected a path below the working directory", "filePath")


def _whole_file_has_a_name(value: dict[str, Any]) -> None:
    if "httpUrl" in value and not value.get("filePath"):
        raise Unfit("MissingRequiredProperty", None, "must be given beside httpUrl", "filePath")
    if "httpUrl" in value and "blobPrefix" in value:
        raise Unfit("InvalidPropertyValue", value["blobPrefix"], "goes with a container alone", "blobPrefix")


RESOURCE_FILES = List(
    Object(
        {
            "autoStorageContainerName": Unhonoured("this local service has no auto storage account"),
            "storageContainerUrl": TEXT,
            "httpUrl": TEXT,
            "blobPrefix": TEXT,
            "filePath": TEXT,
            "fileMode": Text(pattern=r"0?[0-7]{3,4}", says="expected a file mode in octal, such as 0770"),
            "identityReference": IDENTITY_REFERENCE,
        },
        rules=[exactly_one("httpUrl", "storageContainerUrl"), _inside, _whole_file_has_a_name],
    )
)

TASK_CONSTRAINTS = Object({"maxWallClockTime": Duration(), "retentionTime": Duration(), "maxTaskRetryCount": RETRIES})

OUTPUT_FILES = List(
    Object(
        {
            "filePattern!": TEXT,
            "destination!": Object(
                {
                    "container": Object(
                        {
                            "path": TEXT,
                            "containerUrl!": TEXT,
                            "identityReference": IDENTITY_REFERENCE,
                            "uploadHeaders": List(Object({"name!": TEXT, "value": TEXT})),
                        }
                    )
                },
                rules=[exactly_one("container")],
            ),
            "uploadOptions!": Object({"uploadCondition!": Enum("tasksuccess", "taskfailure", "taskcompletion")}),
        }
    )
)
