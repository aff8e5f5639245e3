"""Every request body by the name that the official document gives it, compiled per API version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from batchspec.emulator.batch.schema import jobs, pools, schedules, tasks
from batchspec.emulator.batch.schema.kinds import Check, Object, Unfit
from batchspec.emulator.wire.errors import BatchError, property_error

BODIES: Mapping[str, Object] = {
    "PoolAddParameter": pools.POOL_ADD,
    "PoolPatchParameter": pools.POOL_PATCH,
    "PoolUpdatePropertiesParameter": pools.POOL_UPDATE_PROPERTIES,
    "PoolResizeParameter": pools.POOL_RESIZE,
    "PoolEnableAutoScaleParameter": pools.POOL_ENABLE_AUTOSCALE,
    "PoolEvaluateAutoScaleParameter": pools.POOL_EVALUATE_AUTOSCALE,
    "NodeRemoveParameter": pools.NODE_REMOVE,
    "NodeRebootParameter": pools.NODE_REBOOT,
    "NodeReimageParameter": pools.NODE_REIMAGE,
    "JobAddParameter": jobs.JOB_ADD,
    "JobPatchParameter": jobs.JOB_PATCH,
    "JobUpdateParameter": jobs.JOB_UPDATE,
    "JobDisableParameter": jobs.JOB_DISABLE,
    "JobTerminateParameter": jobs.JOB_TERMINATE,
    "JobScheduleAddParameter": schedules.SCHEDULE_ADD,
    "JobSchedulePatchParameter": schedules.SCHEDULE_PATCH,
    "JobScheduleUpdateParameter": schedules.SCHEDULE_UPDATE,
    "TaskAddParameter": tasks.TASK_ADD,
    "TaskAddCollectionParameter": tasks.TASK_COLLECTION,
    "TaskUpdateParameter": tasks.TASK_UPDATE,
}


@cache
def _compiled(name: str, version: str) -> Check:
    return BODIES[name].compile(version)


def body_check(name: str, version: str) -> Callable[[Any], dict[str, Any]]:
    """The function that checks and normalises a body in place; it raises the service's refusal."""
    check = _compiled(name, version)

    def checked(body: Any) -> dict[str, Any]:
        try:
            result: dict[str, Any] = check(body)
        except Unfit as unfit:
            raise as_error(unfit) from None
        return result

    return checked


def as_error(unfit: Unfit) -> BatchError:
    """The service's error for a value that is not accepted."""
    return property_error(unfit.code, unfit.name, unfit.value, unfit.reason)
