"""CloudJob and what belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from batchspec.emulator.batch.documents.members import Members, execution, moment, present, retries
from batchspec.emulator.batch.documents.view import View
from batchspec.emulator.engine.records import Counts, Job
from batchspec.emulator.wire.answer import etag

_AS_SUBMITTED = (
    "displayName",
    "usesTaskDependencies",
    "priority",
    "allowTaskPreemption",
    "maxParallelTasks",
    "constraints",
    "jobManagerTask",
    "jobPreparationTask",
    "jobReleaseTask",
    "commonEnvironmentSettings",
    "poolInfo",
    "onAllTasksComplete",
    "onTaskFailure",
    "networkConfiguration",
    "metadata",
)


def _submitted(name: str) -> Callable[[Job, View], Any]:
    return lambda job, _: job.body.get(name)


def _execution_info(job: Job, _: View) -> dict[str, Any]:
    return present(
        {
            "startTime": moment(job.created),
            "endTime": moment(job.end_time),
            "poolId": job.pool_id,
            "terminateReason": job.terminate_reason,
        }
    )


JOB: Members[Job, View] = {
    "id": lambda job, _: job.id,
    "url": lambda job, view: view.job_url(job.id),
    "eTag": lambda job, _: etag(job.version),
    "lastModified": lambda job, _: moment(job.modified),
    "creationTime": lambda job, _: moment(job.created),
    "state": lambda job, _: job.state,
    "stateTransitionTime": lambda job, _: moment(job.state_time),
    "previousState": lambda job, _: job.previous_state,
    "previousStateTransitionTime": lambda job, _: moment(job.previous_state_time),
    "executionInfo": _execution_info,
    **{name: _submitted(name) for name in _AS_SUBMITTED},
    "stats": lambda _job, _view: None,
}


def counts(tasks: Counts, slots: Counts) -> dict[str, Any]:
    """TaskCountsResult."""
    return {"taskCounts": _counts(tasks), "taskSlotCounts": _counts(slots)}


def _counts(counts: Counts) -> dict[str, int]:
    return {
        "active": counts.active,
        "running": counts.running,
        "completed": counts.completed,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
    }


class NodeRun:
    """What a job prepared and released on one node."""

    def __init__(self, job: Job, pool_id: str, node_id: str) -> None:
        self.job, self.pool_id, self.node_id = job, pool_id, node_id
        self.preparation = job.preparations.get(node_id)
        self.release = job.releases.get(node_id)


def _preparation(run: NodeRun, view: View) -> dict[str, Any] | None:
    if run.preparation is None:
        return None
    return {
        **execution(run.preparation),
        **retries(run.preparation),
        **_root(run, view, "jobPreparationTask"),
    }


def _release(run: NodeRun, view: View) -> dict[str, Any] | None:
    if run.release is None:
        return None
    return {**execution(run.release), **_root(run, view, "jobReleaseTask")}


def _root(run: NodeRun, view: View, task: str) -> dict[str, Any]:
    directory = f"{run.job.root}/{run.job.body[task]['id']}"
    url = f"{view.node_url(run.pool_id, run.node_id)}/files/{directory}"
    return {"taskRootDirectory": directory, "taskRootDirectoryUrl": url}


NODE_RUN: Members[NodeRun, View] = {
    "poolId": lambda run, _: run.pool_id,
    "nodeId": lambda run, _: run.node_id,
    "nodeUrl": lambda run, view: view.node_url(run.pool_id, run.node_id),
    "jobPreparationTaskExecutionInfo": _preparation,
    "jobReleaseTaskExecutionInfo": _release,
}
