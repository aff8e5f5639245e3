"""Jobs and job schedules to the SDK's parameter objects."""

from __future__ import annotations

from typing import Any

from azure.batch.models import (
    JobAddParameter,
    JobConstraints,
    JobManagerTask,
    JobPreparationTask,
    JobReleaseTask,
    JobScheduleAddParameter,
    JobSpecification,
    PoolInformation,
    Schedule,
)

from batchspec.compiler.files import Files
from batchspec.compiler.lower import Makers, fields
from batchspec.compiler.pools import metadata, specification
from batchspec.compiler.runs import common, constraints, environment
from batchspec.spec import model
from batchspec.spec.build import Spec


def job(written: model.Job, spec: Spec, files: Files) -> JobAddParameter:
    """The job's request body, as the job shall stand in the end: it is made without an action on completion."""
    return JobAddParameter(**_job(written, spec, files))


def schedule(written: model.Schedule, job: model.Job, spec: Spec, files: Files) -> JobScheduleAddParameter:
    """The job schedule's request body; its id is the job's."""
    specified = _job(job, spec, files)
    del specified["id"]
    return JobScheduleAddParameter(
        id=job.id,
        **fields(written),
        schedule=Schedule(
            recurrence_interval=written.every,
            do_not_run_until=written.start,
            do_not_run_after=written.until,
            start_window=written.window,
        ),
        job_specification=JobSpecification(**specified),
        metadata=metadata(written.metadata),
    )


def _job(job: model.Job, spec: Spec, files: Files) -> dict[str, Any]:
    makers: Makers = {
        model.PoolSpecification: lambda pool: specification(pool, files),
        model.Manager: lambda task: _manager(task, files),
    }
    limits = (job.timeout, job.retries)
    made = {
        "max_parallel_tasks": None,  # else the SDK sends a default of its own
        **fields(job, makers),
        "constraints": JobConstraints(max_wall_clock_time=job.timeout, max_task_retry_count=job.retries)
        if any(limit is not None for limit in limits)
        else None,
        "common_environment_settings": environment(job.environment),
        "job_preparation_task": _preparation(job.prepare, files) if job.prepare else None,
        "job_release_task": _release(job.release, files) if job.release else None,
        "on_all_tasks_complete": job.on_all_tasks_complete,
        "metadata": metadata(job.metadata),
    }
    if job.pool_info is None and spec.keys.pool is not None:
        made["pool_info"] = PoolInformation(pool_id=spec.keys.pool.id)
    if job.uses_task_dependencies is None and any(map(spec.graph.waits, spec.tasks)):
        made["uses_task_dependencies"] = True
    return made


def _manager(task: model.Manager, files: Files) -> JobManagerTask:
    return JobManagerTask(
        **common(task, files),
        output_files=files.outputs(task),
        constraints=constraints(task),
    )


def _preparation(task: model.Preparation, files: Files) -> JobPreparationTask:
    return JobPreparationTask(
        **common(task, files),
        constraints=constraints(task),
    )


def _release(task: model.Release, files: Files) -> JobReleaseTask:
    return JobReleaseTask(
        **common(task, files),
        max_wall_clock_time=task.timeout,
        retention_time=task.retention,
    )
