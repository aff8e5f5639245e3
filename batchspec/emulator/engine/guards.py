"""Which request the present state allows: one function for each kind of refusal, in the service's codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

from batchspec.emulator.engine import bodies
from batchspec.emulator.engine.autoscale import MOST_NODES
from batchspec.emulator.engine.edges import LONGEST_RANGE
from batchspec.emulator.engine.errors import Refusal, Refused
from batchspec.emulator.engine.records import key

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from batchspec.emulator.engine.records import (
        Body,
        Job,
        JobState,
        Node,
        NodeState,
        Pool,
        Schedule,
        ScheduleState,
        Task,
    )

LONGEST_DEPENDENCIES = 64_000
"""Characters that the ids of a task's dependencies may have together (the service's limit)."""

_ENDING_JOB: Final[dict[JobState, str]] = {
    "terminating": "JobBeingTerminated",
    "completed": "JobCompleted",
    "deleting": "JobBeingDeleted",
}
_ENDING_SCHEDULE: Final[dict[ScheduleState, str]] = {
    "terminating": "JobScheduleBeingTerminated",
    "completed": "JobScheduleCompleted",
}
_BUSY_NODE: Final[dict[NodeState, str]] = {
    "creating": "NodeBeingCreated",
    "starting": "NodeBeingStarted",
    "waitingforstarttask": "NodeBeingStarted",
    "rebooting": "NodeBeingRebooted",
    "reimaging": "NodeBeingReimaged",
    "leavingpool": "OperationInvalidForCurrentState",
    "preempted": "OperationInvalidForCurrentState",
}


def new_pool(there: Pool | None) -> None:
    if there is not None:
        raise Refused("PoolBeingDeleted" if there.state == "deleting" else "PoolExists")


def pool_size(dedicated: int, spot: int) -> None:
    """Both kinds of nodes count."""
    if dedicated + spot > MOST_NODES:
        name, value = ("targetDedicatedNodes", dedicated) if dedicated > spot else ("targetLowPriorityNodes", spot)
        reason = f"a pool of this local service has at most {MOST_NODES} nodes, dedicated and low-priority together"
        raise Refused("InvalidPropertyValue", PropertyName=name, PropertyValue=str(value), Reason=reason)


def live_pool(pool: Pool | None) -> Pool:
    if pool is None:
        raise Refused("PoolNotFound")
    if pool.state == "deleting":
        raise Refused("PoolBeingDeleted")
    return pool


def steady_pool(pool: Pool | None) -> Pool:
    pool = live_pool(pool)
    if pool.allocation != "steady":
        raise Refused("PoolBeingResized")
    return pool


def fixed_pool(pool: Pool | None) -> Pool:
    """A pool that a formula sizes is not resized (https://learn.microsoft.com/rest/api/batchservice/pool/resize says
    409, not which code)."""
    pool = live_pool(pool)
    if pool.scales:
        raise Refused("OperationInvalidForCurrentState", Reason="the pool scales automatically: disable that first")
    return steady_pool(pool)


def scaling_pool(pool: Pool | None) -> Pool:
    pool = live_pool(pool)
    if not pool.scales:
        raise Refused("OperationInvalidForCurrentState", Reason="the pool does not scale automatically")
    return pool


def resizing_pool(pool: Pool | None) -> Pool:
    pool = live_pool(pool)
    if pool.allocation != "resizing":
        raise Refused("OperationInvalidForCurrentState")
    return pool


def node(there: Node | None) -> Node:
    if there is None:
        raise Refused("NodeNotFound")
    return there


def restartable_node(there: Node | None) -> Node:
    there = node(there)
    if there.state in _BUSY_NODE:
        raise Refused(_BUSY_NODE[there.state])
    return there


def new_job(id_: str, jobs: Mapping[str, Job], schedules: Container[str]) -> None:
    there = jobs.get(key(id_))
    if there is not None:
        raise Refused("JobBeingDeleted" if there.state == "deleting" else "JobExists")
    if key(id_) in schedules:
        raise Refused("JobScheduleWithSameIdExists")


def new_schedule(id_: str, schedules: Mapping[str, Schedule], jobs: Container[str]) -> None:
    there = schedules.get(key(id_))
    if there is not None:
        raise Refused("JobScheduleBeingDeleted" if there.state == "deleting" else "JobScheduleExists")
    if key(id_) in jobs:
        raise Refused("JobWithSameIdExists")


def schedule(there: Schedule | None) -> Schedule:
    if there is None:
        raise Refused("JobScheduleNotFound")
    if there.state == "deleting":
        raise Refused("JobScheduleBeingDeleted")
    return there


def live_schedule(there: Schedule | None) -> Schedule:
    there = schedule(there)
    if there.state in _ENDING_SCHEDULE:
        raise Refused(_ENDING_SCHEDULE[there.state])
    return there


def live_job(job: Job | None) -> Job:
    if job is None:
        raise Refused("JobNotFound")
    if job.state in _ENDING_JOB:
        raise Refused(_ENDING_JOB[job.state])
    return job


def disabled_job(job: Job | None) -> Job:
    job = live_job(job)
    if job.state != "disabled":
        raise Refused("OperationInvalidForCurrentState")
    return job


def deletable_job(job: Job | None) -> Job:
    if job is None:
        raise Refused("JobNotFound")
    if job.state == "deleting":
        raise Refused("JobBeingDeleted")
    return job


def keeps_pool(job: Job, body: Body) -> None:
    """A job moves to another pool only while it is disabled."""
    if body.get("poolInfo") != job.body.get("poolInfo") and job.state != "disabled":
        raise Refused("OperationInvalidForCurrentState")


def disable_tasks(option: str) -> Literal["requeue", "terminate", "wait"]:
    option = option.lower()
    if option not in ("requeue", "terminate", "wait"):
        raise Refused("InvalidPropertyValue", PropertyName="disableTasks", PropertyValue=option)
    return cast('Literal["requeue", "terminate", "wait"]', option)


def task(job: Job | None, there: Task | None) -> Task:
    if job is None:
        raise Refused("JobNotFound")
    if job.state == "deleting":
        raise Refused("JobBeingDeleted")
    if there is None:
        raise Refused("TaskNotFound")
    return there


def uncompleted_task(job: Job | None, there: Task | None) -> Task:
    there = task(job, there)
    if there.state == "completed":
        raise Refused("TaskCompleted")
    return there


def failed_task(job: Job | None, there: Task | None) -> Task:
    there = task(job, there)
    live_job(job)
    if there.state != "completed":
        raise Refused("TaskNotCompleted")
    if there.result == "success":
        raise Refused("TaskSucceeded")
    return there


def new_task(job: Job, body: Body, taken: Container[str]) -> Refusal | None:
    """Why this task cannot be added to its job, which may take others."""
    id_ = body["id"]
    code = _against(job, body, key(id_), taken)
    return None if code is None else Refusal(id_, code)


def _against(job: Job, body: Body, id_: str, taken: Container[str]) -> str | None:
    if id_ in job.by_key or id_ in taken:
        return "TaskExists"
    for name, default, code in (
        ("jobPreparationTask", "jobpreparation", "TaskIdSameAsJobPreparationTask"),
        ("jobReleaseTask", "jobrelease", "TaskIdSameAsJobReleaseTask"),
    ):
        if name in job.body and id_ == key(job.body[name].get("id") or default):
            return code
    ids, ranges = bodies.dependencies(body)
    if (ids or ranges) and not job.uses_dependencies:
        return "TaskDependenciesNotSpecifiedOnJob"
    if sum(map(len, ids)) > LONGEST_DEPENDENCIES:
        return "TaskDependencyListTooLong"
    if sum(end - start + 1 for start, end in ranges) > LONGEST_RANGE:
        return "TaskDependencyRangesTooLong"
    return None
