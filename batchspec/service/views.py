"""The service's JSON as the plain values of the ports; the SDK's models would take 20 times as long to read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from batchspec.ports import (
    AddResult,
    Counts,
    Fault,
    JobView,
    NodeView,
    PoolView,
    PrepView,
    ScheduleView,
    TaskView,
)

TASK_MEMBERS = "id,state,stateTransitionTime,executionInfo,nodeInfo"
NODE_MEMBERS = "id,state,startTaskInfo,errors"


def moment(text: str | None) -> datetime | None:
    """A time stamp of the service: UTC, with any number of decimals."""
    if not text:
        return None
    seconds, _, rest = text.rstrip("Zz").partition(".")
    return datetime.fromisoformat(f"{seconds}.{rest[:6]:0<6}+00:00")


def stamp(when: datetime) -> str:
    """A time as a filter writes it."""
    return f"DateTime'{when.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%S.%f}Z'"


def task(found: Mapping[str, Any]) -> TaskView:
    """A task's JSON, with at least TASK_MEMBERS."""
    info: Mapping[str, Any] = found.get("executionInfo") or {}
    # One that went back to the queue is on no node, though the service may still name its last.
    node: Mapping[str, Any] = (found.get("nodeInfo") if found["state"] != "active" else None) or {}
    done = found["state"] == "completed"
    since = moment(found.get("stateTransitionTime")) or datetime.min.replace(tzinfo=timezone.utc)
    return TaskView(
        found["id"],
        found["state"],
        since,
        succeeded=_succeeded(info) if done else None,
        exit_code=info.get("exitCode"),
        fault=_fault(info.get("failureInfo")),
        started=moment(info.get("startTime")),
        ended=moment(info.get("endTime")),
        node_id=node.get("nodeId"),
        pool_id=node.get("poolId"),
        retries=info.get("retryCount", 0),
    )


def node(found: Mapping[str, Any]) -> NodeView:
    """A node's JSON, with at least NODE_MEMBERS."""
    start: Mapping[str, Any] = found.get("startTaskInfo") or {}
    return NodeView(
        found["id"],
        found["state"].lower(),
        start.get("exitCode"),
        _fault(start.get("failureInfo")),
        tuple(_fault_of(error) for error in found.get("errors") or ()),
    )


def preparation(found: Mapping[str, Any]) -> PrepView | None:
    """The job preparation task of a node; None when it has not begun there."""
    info = found.get("jobPreparationTaskExecutionInfo")
    if not info:
        return None
    done = info["state"] == "completed"
    return PrepView(
        found["nodeId"],
        info["state"],
        _succeeded(info) if done else None,
        info.get("exitCode"),
        _fault(info.get("failureInfo")),
        info.get("taskRootDirectory"),
    )


def added(found: Mapping[str, Any]) -> AddResult:
    """The answer for one task of a collection."""
    error = found.get("error")
    if not error:
        return AddResult(found["taskId"], found["status"].lower())
    text = (error.get("message") or {}).get("value", "").partition("\nRequestId:")[0]
    fault = Fault(error.get("code", ""), text, _pairs(error.get("values"), "key"))
    return AddResult(found["taskId"], found["status"].lower(), fault)


def pool(found: Mapping[str, Any]) -> PoolView:
    """A pool's JSON."""
    return PoolView(
        found["id"],
        _word(found["state"]),
        _word(found.get("allocationState")),
        found.get("eTag", ""),
        _metadata(found),
        found.get("targetDedicatedNodes", 0) + found.get("targetLowPriorityNodes", 0),
        found.get("currentDedicatedNodes", 0) + found.get("currentLowPriorityNodes", 0),
        tuple(
            Fault(error.get("code") or "", error.get("message") or "", _pairs(error.get("values"), "name"))
            for error in found.get("resizeErrors") or ()
        ),
        bool(found.get("enableAutoScale")),
        found,
    )


def job(found: Mapping[str, Any]) -> JobView:
    """A job's JSON."""
    info: Mapping[str, Any] = found.get("executionInfo") or {}
    error = info.get("schedulingError")
    return JobView(
        found["id"],
        _word(found["state"]),
        found.get("eTag", ""),
        _metadata(found),
        # Of a pool that the service made for the job only the execution tells.
        info.get("poolId") or found["poolInfo"].get("poolId") or "",
        _word(found.get("onAllTasksComplete")) == "terminatejob",
        info.get("terminateReason"),
        _fault_of(error) if error else None,
        found,
    )


def schedule(found: Mapping[str, Any]) -> ScheduleView:
    """A job schedule's JSON."""
    info: Mapping[str, Any] = found.get("executionInfo") or {}
    return ScheduleView(
        found["id"],
        _word(found["state"]),
        found.get("eTag", ""),
        _metadata(found),
        moment(info.get("nextRunTime")),
        (info.get("recentJob") or {}).get("id"),
        found,
    )


def counts(found: Mapping[str, Any]) -> Counts:
    """The counts of a job's tasks."""
    of = found["taskCounts"]
    return Counts(*(of[name] for name in ("active", "running", "completed", "succeeded", "failed")))


def user(found: Mapping[str, Any], pool_id: str) -> str | None:
    """The id of a job that may still run something on the pool. Ids are the same in any case."""
    pool = found["poolInfo"].get("poolId") or ""
    return found["id"] if pool.lower() == pool_id.lower() and found["state"] != "deleting" else None


def _succeeded(info: Mapping[str, Any]) -> bool:
    """By the result; services before 2016 and some recorded answers have none, so by the exit code then."""
    result = info.get("result")
    if result:
        return bool(result.lower() == "success")
    return info.get("exitCode") == 0 and not info.get("failureInfo")


def _fault(found: Mapping[str, Any] | None) -> Fault | None:
    return _fault_of(found) if found else None


def _fault_of(found: Mapping[str, Any]) -> Fault:
    details = found.get("details") or found.get("errorDetails")
    return Fault(found.get("code") or "", found.get("message") or "", _pairs(details, "name"))


def _pairs(pairs: Iterable[Mapping[str, str]] | None, name: str) -> dict[str, str]:
    return {pair.get(name, ""): pair.get("value", "") for pair in pairs or ()}


def _metadata(found: Mapping[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in found.get("metadata") or ()}


def _word(value: str | None) -> str:
    """A word of an enumeration, whose letters the service writes in any case."""
    return (value or "").lower()
