"""CloudTask: what the record holds, and what its submitted body does.

Bodies of tasks stay in the store; a caller that selects members of the record alone costs no read of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from batchspec.emulator.batch.documents.defaults import task_constraints, user_identity
from batchspec.emulator.batch.documents.members import Members, build, failure_info, moment, present
from batchspec.emulator.batch.documents.view import View
from batchspec.emulator.engine.records import Body, Task
from batchspec.emulator.wire.answer import etag

_AS_SUBMITTED = (
    "displayName",
    "exitConditions",
    "commandLine",
    "resourceFiles",
    "outputFiles",
    "environmentSettings",
    "affinityInfo",
    "dependsOn",
    "applicationPackageReferences",
)
_FROM_BODY = (*_AS_SUBMITTED, "constraints", "userIdentity")
_NEVER_THERE = ("containerSettings", "multiInstanceSettings", "stats", "authenticationTokenSettings")


def execution_info(task: Task) -> dict[str, Any]:
    """TaskExecutionInformation."""
    return present(
        {
            "startTime": moment(task.start_time),
            "endTime": moment(task.end_time),
            "exitCode": task.exit_code,
            "failureInfo": failure_info(task.failure),
            "retryCount": task.retry_count,
            "lastRetryTime": moment(task.last_retry_time),
            "requeueCount": task.requeue_count,
            "lastRequeueTime": moment(task.last_requeue_time),
            "result": task.result,
        }
    )


def _node_info(task: Task, view: View) -> dict[str, Any] | None:
    if task.pool_id is None or task.node_id is None:
        return None
    url = view.node_url(task.pool_id, task.node_id)
    return {
        "affinityId": f"TVM:{task.node_id}",
        "nodeUrl": url,
        "poolId": task.pool_id,
        "nodeId": task.node_id,
        "taskRootDirectory": task.root,
        "taskRootDirectoryUrl": f"{url}/files/{task.root}",
    }


RECORD: Members[Task, View] = {
    "id": lambda task, _: task.id,
    "url": lambda task, view: view.task_url(task.job.id, task.id),
    "eTag": lambda task, _: etag(task.version),
    "lastModified": lambda task, _: moment(task.modified),
    "creationTime": lambda task, _: moment(task.created),
    "state": lambda task, _: task.state,
    "stateTransitionTime": lambda task, _: moment(task.state_time),
    "previousState": lambda task, _: task.previous_state,
    "previousStateTransitionTime": lambda task, _: moment(task.previous_state_time),
    "requiredSlots": lambda task, _: task.slots,
    "executionInfo": lambda task, _: execution_info(task),
    "nodeInfo": _node_info,
}
MEMBERS: Collection[str] = (*RECORD, *_FROM_BODY, *_NEVER_THERE)


def documents(tasks: list[Task], view: View, select: frozenset[str] | None) -> Iterator[dict[str, Any]]:
    """The document of each task, bodies read only when a member of theirs is asked for."""
    if select is not None and not select.intersection(_FROM_BODY):
        for task in tasks:
            yield build(RECORD, task, view, select)
        return
    for task, body in zip(tasks, view.engine.task_bodies(tasks), strict=True):
        yield {**build(RECORD, task, view, select), **_from_body(task, body, select)}


def _from_body(task: Task, body: Body, select: Collection[str] | None) -> dict[str, Any]:
    document = {name: body[name] for name in _AS_SUBMITTED if name in body}
    document["constraints"] = task_constraints(body.get("constraints"), task.max_retries)
    document["userIdentity"] = user_identity(body.get("userIdentity"))
    if select is None:
        return document
    return {name: value for name, value in document.items() if name in select}
