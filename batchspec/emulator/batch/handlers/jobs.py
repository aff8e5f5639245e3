"""Job_*."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from batchspec.emulator.batch.call import Call
from batchspec.emulator.batch.documents import defaults
from batchspec.emulator.batch.documents.jobs import JOB, NODE_RUN, NodeRun, counts
from batchspec.emulator.batch.documents.members import build, lookup
from batchspec.emulator.engine.records import Job
from batchspec.emulator.wire.answer import Answer
from batchspec.emulator.wire.errors import BatchError, property_error
from batchspec.emulator.wire.odata.ast import matches
from batchspec.emulator.wire.odata.lists import JOBS, PREPARATION_AND_RELEASE, Properties
from batchspec.emulator.wire.paging import read_token


def add(call: Call) -> Answer:
    """Job_Add."""
    return _done(call, 201, call.engine.add_job(defaults.job(call.body)))


def get(call: Call) -> Answer:
    """Job_Get."""
    job = call.job()
    call.check(job, read=True)
    return call.entity(job, "jobs", build(JOB, job, call.view, call.select(JOB)))


def list_jobs(call: Call) -> Answer:
    """Job_List."""
    return page_of_jobs(call, call.engine.jobs.values(), JOBS)


def page_of_jobs(call: Call, jobs: Iterable[Job], properties: Properties) -> Answer:
    """A page of these jobs, which are in order of addition; `properties` is what they may be filtered by."""
    wanted, select, after = call.filter(properties), call.select(JOB), call.after_number()
    found = (
        job for job in jobs if job.number > after and (wanted is None or matches(wanted, lookup(JOB, job, call.view)))
    )
    return call.page(
        "jobs",
        found,
        lambda job: str(job.number),
        lambda page: [build(JOB, job, call.view, select) for job in page],
    )


def delete(call: Call) -> Answer:
    """Job_Delete."""
    job = call.job()
    call.check(job)
    call.engine.delete_job(job.id)
    return Answer(202)


def patch(call: Call) -> Answer:
    """Job_Patch: only what the body names changes."""
    job = call.job()
    call.check(job)
    fields = dict(call.body)
    if "constraints" in fields:
        fields["constraints"] = defaults.job_constraints(fields["constraints"])
    return _done(call, 200, _change(call, job, fields))


def update(call: Call) -> Answer:
    """Job_Update: what the body leaves out goes back to its default."""
    job = call.job()
    call.check(job)
    fields = {
        "priority": 0,
        "maxParallelTasks": -1,
        "allowTaskPreemption": False,
        "onAllTasksComplete": "noaction",
        "metadata": None,
        **call.body,
        "constraints": defaults.job_constraints(call.body.get("constraints")),
    }
    return _done(call, 200, _change(call, job, fields))


def _change(call: Call, job: Job, fields: dict[str, Any]) -> Job:
    moves = "poolInfo" in fields and fields["poolInfo"]["poolId"].lower() != job.pool_id.lower()
    if moves and job.state != "disabled":
        reason = "the pool can be changed only while the job is disabled"
        raise BatchError("OperationInvalidForCurrentState", [("PropertyName", "poolInfo"), ("Reason", reason)])
    if fields.get("onAllTasksComplete") == "noaction" and job.ends_when_complete:
        reason = "automatic termination cannot be turned off again"
        raise property_error("InvalidPropertyValue", "onAllTasksComplete", "noaction", reason)
    return call.engine.update_job(job.id, fields)


def disable(call: Call) -> Answer:
    """Job_Disable."""
    job = call.job()
    call.check(job)
    return _done(call, 202, call.engine.disable_job(job.id, call.body["disableTasks"]))


def enable(call: Call) -> Answer:
    """Job_Enable."""
    job = call.job()
    call.check(job)
    return _done(call, 202, call.engine.enable_job(job.id))


def terminate(call: Call) -> Answer:
    """Job_Terminate."""
    job = call.job()
    call.check(job)
    return _done(call, 202, call.engine.terminate_job(job.id, call.body.get("terminateReason")))


def task_counts(call: Call) -> Answer:
    """Job_GetTaskCounts."""
    tasks, slots = call.engine.counts(call.job())
    metadata = {"odata.metadata": f"{call.base}/$metadata#taskcountsresult/@Element"}
    return Answer(200, json={**metadata, **counts(tasks, slots)})


def list_preparation_and_release(call: Call) -> Answer:
    """Job_ListPreparationAndReleaseTaskStatus."""
    job = call.job()
    if "jobPreparationTask" not in job.body:
        raise BatchError("JobPreparationTaskNotSpecified")
    wanted, select = call.filter(PREPARATION_AND_RELEASE), call.select(NODE_RUN)
    after = read_token(call.request) or ""
    # a job may have moved; a node that is gone is taken to be of its present pool
    places = {node_id: pool.id for pool in call.engine.pools.values() for node_id in pool.nodes}
    runs = [
        NodeRun(job, places.get(node_id, job.pool_id), node_id)
        for node_id in sorted({*job.preparations, *job.releases})
        if node_id > after
    ]
    found = [run for run in runs if wanted is None or matches(wanted, lookup(NODE_RUN, run, call.view))]
    return call.page(
        "jobpreparationandreleasetaskstatuslist",
        found,
        lambda run: run.node_id,
        lambda page: [build(NODE_RUN, run, call.view, select) for run in page],
    )


def _done(call: Call, status: int, job: Job) -> Answer:
    return call.done(status, job, call.view.job_url(job.id))
