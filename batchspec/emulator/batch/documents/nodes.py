"""ComputeNode."""

from __future__ import annotations

from typing import Any

from batchspec.emulator.batch.documents.members import (
    Members,
    execution,
    failure_info,
    moment,
    present,
    retries,
)
from batchspec.emulator.batch.documents.tasks import execution_info
from batchspec.emulator.batch.documents.view import View
from batchspec.emulator.engine.records import Failure, Node, Task

# the service's agents have such versions; scripts compare them, so it must not be empty
_AGENT_VERSION = "1.10.0.0"


def _start_task_info(node: Node, _: View) -> dict[str, Any] | None:
    if node.start_task is None:
        return None
    return {**execution(node.start_task), **retries(node.start_task)}


def _recent(task: Task, view: View) -> dict[str, Any]:
    return {
        "taskUrl": view.task_url(task.job.id, task.id),
        "jobId": task.job.id,
        "taskId": task.id,
        "taskState": task.state,
        "executionInfo": execution_info(task),
    }


def _error(failure: Failure) -> dict[str, Any]:
    details = (failure_info(failure) or {}).get("details")
    return present({"code": failure.code, "message": failure.message, "errorDetails": details})


def _machine(node: Node, _: View) -> dict[str, Any]:
    return {"imageReference": node.pool.body["virtualMachineConfiguration"]["imageReference"]}


NODE: Members[Node, View] = {
    "id": lambda node, _: node.id,
    "url": lambda node, view: view.node_url(node.pool.id, node.id),
    "state": lambda node, _: node.state,
    "schedulingState": lambda _node, _view: "enabled",
    "stateTransitionTime": lambda node, _: moment(node.state_time),
    "lastBootTime": lambda node, _: moment(node.boot_time),
    "allocationTime": lambda node, _: moment(node.created),
    "ipAddress": lambda _node, _view: "127.0.0.1",
    "affinityId": lambda node, _: f"TVM:{node.id}",
    "vmSize": lambda node, _: node.pool.body["vmSize"],
    "totalTasksRun": lambda node, _: node.total_run,
    "runningTasksCount": lambda node, _: len(node.tasks),
    "runningTaskSlotsCount": lambda node, _: node.running_slots,
    "totalTasksSucceeded": lambda node, _: node.total_succeeded,
    "recentTasks": lambda node, view: [_recent(task, view) for task in node.recent],
    "startTask": lambda node, _: node.pool.body.get("startTask"),
    "startTaskInfo": _start_task_info,
    "errors": lambda node, _: [_error(failure) for failure in node.errors] or None,
    "isDedicated": lambda node, _: node.dedicated,
    "nodeAgentInfo": lambda node, _: {"version": _AGENT_VERSION, "lastUpdateTime": moment(node.boot_time)},
    "virtualMachineInfo": _machine,
    "certificateReferences": lambda _node, _view: None,
    "endpointConfiguration": lambda _node, _view: None,
    "ipv6Address": lambda _node, _view: None,
}
