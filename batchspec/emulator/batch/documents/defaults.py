"""What the service fills in where a body is silent: pools and jobs are stored with it, tasks shown."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.schema.durations import INFINITE
from batchspec.emulator.engine.autoscale import INTERVAL

Body = dict[str, Any]

WEEK = "P7D"


def user_identity(given: Body | None) -> Body:
    """The auto user of the pool, without rights, unless the body says otherwise."""
    auto_user = (given or {}).get("autoUser") or {}
    return {"autoUser": {"scope": "pool", "elevationLevel": "nonadmin", **auto_user}}


def task_constraints(given: Body | None, retries: int) -> Body:
    """No limit, kept for a week, retried as the job says."""
    return {
        "maxWallClockTime": INFINITE,
        "retentionTime": WEEK,
        "maxTaskRetryCount": retries,
        **(given or {}),
    }


def start_task(given: Body) -> Body:
    """A start task as the service keeps it."""
    return {
        "maxTaskRetryCount": 0,
        "waitForSuccess": True,
        **given,
        "userIdentity": user_identity(given.get("userIdentity")),
    }


def pool(given: Body) -> Body:
    """A pool's body as the service keeps it."""
    body = {
        "resizeTimeout": "PT15M",
        "targetDedicatedNodes": 0,
        "targetLowPriorityNodes": 0,
        "enableAutoScale": False,
        "enableInterNodeCommunication": False,
        "taskSlotsPerNode": 1,
        "taskSchedulingPolicy": {"nodeFillType": "spread"},
        **given,
    }
    if body["enableAutoScale"]:
        body.setdefault("autoScaleEvaluationInterval", INTERVAL)
    if "startTask" in body:
        body["startTask"] = start_task(body["startTask"])
    return body


def job(given: Body) -> Body:
    """A job's body as the service keeps it."""
    body = {
        "priority": 0,
        "maxParallelTasks": -1,
        "allowTaskPreemption": False,
        "usesTaskDependencies": False,
        "onAllTasksComplete": "noaction",
        "onTaskFailure": "noaction",
        **given,
        "constraints": job_constraints(given.get("constraints")),
    }
    if "jobManagerTask" in body:
        body["jobManagerTask"] = _manager(body["jobManagerTask"], body["constraints"]["maxTaskRetryCount"])
    if "jobPreparationTask" in body:
        body["jobPreparationTask"] = _preparation(body["jobPreparationTask"])
    if "jobReleaseTask" in body:
        body["jobReleaseTask"] = _release(body["jobReleaseTask"])
    return body


def job_constraints(given: Body | None) -> Body:
    """No limit and no retries."""
    return {"maxWallClockTime": INFINITE, "maxTaskRetryCount": 0, **(given or {})}


def _manager(given: Body, retries: int) -> Body:
    return {
        "requiredSlots": 1,
        "killJobOnCompletion": True,
        "runExclusive": True,
        "allowLowPriorityNode": True,
        **given,
        "constraints": task_constraints(given.get("constraints"), retries),
        "userIdentity": user_identity(given.get("userIdentity")),
    }


def _preparation(given: Body) -> Body:
    return {
        "id": "jobpreparation",
        "waitForSuccess": True,
        "rerunOnNodeRebootAfterSuccess": True,
        **given,
        "constraints": task_constraints(given.get("constraints"), 0),
        "userIdentity": user_identity(given.get("userIdentity")),
    }


def _release(given: Body) -> Body:
    return {
        "id": "jobrelease",
        "maxWallClockTime": "PT15M",
        "retentionTime": WEEK,
        **given,
        "userIdentity": user_identity(given.get("userIdentity")),
    }
