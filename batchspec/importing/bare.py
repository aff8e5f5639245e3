"""What the service tells of a pool, a job, a schedule or a task, back to what was asked for.

What the service fills in by itself is left out again. The defaults are those of the REST reference,
https://learn.microsoft.com/rest/api/batchservice; words of enumerations are compared in any letter case. A value that
somebody wrote and that is the default is left out as well: nobody can tell them apart, and they mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from batchspec.ports import MARKS
from batchspec.spec import durations

Body = dict[str, Any]

_ENDLESS = timedelta(days=10675199)  # the service's longest time, which stands for none, is a little longer
_NO_LIMIT = "P10675199DT2H48M5.4775807S"
_WHOLE_SECOND = re.compile(r"\.0+Z$")
_USER = {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin"}}

_POOL = {
    "resizeTimeout": "PT15M",
    "enableAutoScale": False,
    "autoScaleEvaluationInterval": "PT15M",
    "enableInterNodeCommunication": False,
    "taskSlotsPerNode": 1,
    "taskSchedulingPolicy": {"nodeFillType": "spread"},
}
_DEDICATED, _SPOT = "targetDedicatedNodes", "targetLowPriorityNodes"
_START = {"maxTaskRetryCount": 0, "waitForSuccess": True}
_JOB = {
    "priority": 0,
    "maxParallelTasks": -1,
    "allowTaskPreemption": False,
    "usesTaskDependencies": False,
    "onTaskFailure": "noaction",
}
_PREPARATION = {"id": "jobpreparation", "waitForSuccess": True, "rerunOnNodeRebootAfterSuccess": True}
_RELEASE = {"id": "jobrelease", "maxWallClockTime": "PT15M", "retentionTime": "P7D"}
_MANAGER = {"killJobOnCompletion": True, "runExclusive": True, "allowLowPriorityNode": True, "requiredSlots": 1}
_TASK = {"requiredSlots": 1}


def pool(told: Mapping[str, Any]) -> Body:
    """A pool's request body. A formula gives the numbers of nodes where there is one."""
    made = _unmarked(_without(told, _POOL))
    if made.get("enableAutoScale"):
        made = {key: value for key, value in made.items() if key not in (_DEDICATED, _SPOT)}
    elif not made.get(_SPOT):
        made.pop(_SPOT, None)
    elif not made.get(_DEDICATED):
        made.pop(_DEDICATED, None)
    if "startTask" in made:
        made["startTask"] = _runs(_without(made["startTask"], _START))
    return made


def job(told: Mapping[str, Any]) -> Body:
    """A job's request body, or the specification of a schedule's jobs. Into a pool of its own nothing is filled in."""
    made = _limits(_unmarked(_without(told, _JOB)), {"maxWallClockTime": _NO_LIMIT, "maxTaskRetryCount": 0})
    for key, defaults in (
        ("jobPreparationTask", _PREPARATION),
        ("jobReleaseTask", _RELEASE),
        ("jobManagerTask", _MANAGER),
    ):
        if made.get(key) is not None:
            made[key] = _limits(_runs(_without(made[key], defaults)), _task_limits(0))
    return made


def schedule(told: Mapping[str, Any]) -> Body:
    """A job schedule's request body."""
    made = {**_unmarked(told), "jobSpecification": job(told.get("jobSpecification") or {})}
    if made.get("schedule"):
        made["schedule"] = {key: _WHOLE_SECOND.sub("Z", str(value)) for key, value in made["schedule"].items() if value}
    return made


def task(told: Mapping[str, Any], retries: int) -> Body:
    """A task's request body. retries: what the job gives to tasks that say nothing."""
    return _limits(_runs(_without(told, _TASK)), _task_limits(retries))


def _unmarked(told: Mapping[str, Any]) -> Body:
    """Without the metadata that batchspec writes by itself."""
    left = [one for one in told.get("metadata") or () if one.get("name") not in MARKS]
    rest = {key: value for key, value in told.items() if key != "metadata"}
    return {**rest, "metadata": left} if left else rest


def _task_limits(retries: int) -> Body:
    return {"maxWallClockTime": _NO_LIMIT, "retentionTime": "P7D", "maxTaskRetryCount": retries}


def _runs(made: Body) -> Body:
    return _without(made, {"userIdentity": _USER})


def _limits(made: Body, defaults: Body) -> Body:
    """Without the constraints that say nothing."""
    left = _without(made.get("constraints") or {}, defaults)
    rest = {key: value for key, value in made.items() if key != "constraints"}
    return {**rest, "constraints": left} if left else rest


def _without(told: Mapping[str, Any], defaults: Mapping[str, Any]) -> Body:
    return {key: value for key, value in told.items() if key not in defaults or not _same(value, defaults[key])}


def _same(value: Any, default: Any) -> bool:
    if isinstance(default, dict):
        return (
            isinstance(value, dict)
            and value.keys() == default.keys()
            and all(_same(value[key], inner) for key, inner in default.items())
        )
    if not isinstance(default, str) or not isinstance(value, str):
        return bool(value == default) and isinstance(value, bool) == isinstance(default, bool)
    length = durations.parse(default)
    if length is None:
        return value.lower() == default.lower()
    found = durations.parse(value)
    return found == length or (found is not None and min(found, length) >= _ENDLESS)
