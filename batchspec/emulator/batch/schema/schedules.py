"""Bodies of the job schedule operations."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.schema.common import ID, LABEL, METADATA
from batchspec.emulator.batch.schema.jobs import JOB_SPECIFICATION
from batchspec.emulator.batch.schema.kinds import Duration, Moment, Object, Unfit

_MINUTE = 60


def _in_order(value: dict[str, Any]) -> None:
    if value.get("doNotRunAfter", "~") <= value.get("doNotRunUntil", ""):
        raise Unfit("InvalidPropertyValue", value["doNotRunAfter"], "not after doNotRunUntil", "doNotRunAfter")


_SCHEDULE = Object(
    {
        "doNotRunUntil": Moment(),
        "doNotRunAfter": Moment(),
        "startWindow": Duration(low=_MINUTE),
        "recurrenceInterval": Duration(low=_MINUTE),
    },
    rules=[_in_order],
)

SCHEDULE_ADD = Object(
    {
        "id!": ID,
        "displayName": LABEL,
        "schedule!": _SCHEDULE,
        "jobSpecification!": JOB_SPECIFICATION,
        "metadata": METADATA,
    }
)
SCHEDULE_PATCH = Object({"schedule": _SCHEDULE, "jobSpecification": JOB_SPECIFICATION, "metadata": METADATA})
SCHEDULE_UPDATE = Object({"schedule!": _SCHEDULE, "jobSpecification!": JOB_SPECIFICATION, "metadata": METADATA})
