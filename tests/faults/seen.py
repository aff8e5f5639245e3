"""What is live of one spec, as the SDK tells it: for judges that share no code with what they judge."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azure.batch import BatchServiceClient
from azure.batch.models import BatchErrorException
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

from tests.faults.wanted import Wanted, Work

GOING = ("deleting", "terminating")
OVER = ("completed", *GOING)


@dataclass(frozen=True)
class Pool:
    """made: when it was created; nodes: that it is to have; formula: whether that is one's own."""

    made: datetime
    state: str
    vm_size: str
    nodes: int
    start: str | None
    formula: bool


@dataclass(frozen=True)
class Task:
    """times: how often it may have run. Its state comes and goes, and is not compared."""

    made: datetime
    mark: str
    limit: int
    after: tuple[str, ...]
    persist: bool
    state: str = field(compare=False)
    code: int | None = field(compare=False)
    times: int = field(compare=False)

    def is_(self, work: Work, wanted: Wanted) -> bool:
        """Whether it is the spec's, but for its limit."""
        after = (work.after,) if work.after in wanted.tasks else ()
        return (self.mark, self.after, self.persist) == (work.mark, after, wanted.persist)


@dataclass(frozen=True)
class Job:
    """What can be compared of it; its tasks by id."""

    made: datetime
    state: str = field(compare=False)
    priority: int
    days: int
    pool_id: str
    armed: bool = field(compare=False)
    drained: bool
    removed: frozenset[str]
    dependencies: bool
    tasks: Mapping[str, Task]

    @property
    def over(self) -> bool:
        return self.state in OVER


@dataclass(frozen=True)
class Seen:
    """All that carries the mark."""

    pools: Mapping[str, Pool]
    jobs: Mapping[str, Job]
    blobs: frozenset[str]

    def run(self, wanted: Wanted) -> tuple[str, Job | None]:
        """The newest run of the spec's job."""
        runs = [one for one in self.jobs if one == wanted.job_id or one.startswith(f"{wanted.job_id}-")]
        if not runs:
            return wanted.job_id, None
        newest = max(runs, key=number)
        return newest, self.jobs[newest]


def number(job_id: str) -> int:
    """Which run a job is."""
    return int([*job_id.split("-"), "1"][2])


def seen(client: BatchServiceClient, blobs: BlobServiceClient, n: str) -> Seen:
    """Look. What goes away meanwhile is not there."""
    pools, jobs = {}, {}
    for pool in client.pool.list():
        if marks(pool).get("batchspec:spec") == f"life-{n}" and pool.state != "deleting":
            pools[pool.id] = _pool(pool)
    for job in client.job.list():
        if marks(job).get("batchspec:spec") == f"life-{n}" and job.state != "deleting":
            with suppress(BatchErrorException):
                jobs[job.id] = _job(job, list(client.task.list(job.id)))
    return Seen(pools, jobs, _stored(blobs, n))


def marks(one: Any) -> dict[str, str]:
    return {item.name: item.value for item in one.metadata or ()}


def _pool(pool: Any) -> Pool:
    start = None
    if pool.start_task is not None:
        start = next(one.value for one in pool.start_task.environment_settings if one.name == "BATCHSPEC_RUN")
    nodes = (pool.target_dedicated_nodes or 0) + (pool.target_low_priority_nodes or 0)
    return Pool(pool.creation_time, str(pool.state.value), pool.vm_size, nodes, start, bool(pool.enable_auto_scale))


def _job(job: Any, tasks: list[Any]) -> Job:
    noted = marks(job)
    return Job(
        job.creation_time,
        str(job.state.value),
        job.priority,
        job.constraints.max_wall_clock_time.days,
        job.pool_info.pool_id,
        job.on_all_tasks_complete == "terminatejob",
        "batchspec:drained" in noted,
        frozenset(noted.get("batchspec:removed", "").split()),
        bool(job.uses_task_dependencies),
        {task.id: _task(task) for task in tasks},
    )


def _task(task: Any) -> Task:
    info = task.execution_info
    return Task(
        task.creation_time,
        next(one.value for one in task.environment_settings if one.name == "MARK"),
        round(task.constraints.max_wall_clock_time.total_seconds() / 3600),
        tuple(task.depends_on.task_ids or ()) if task.depends_on else (),
        bool(task.output_files),
        str(task.state.value),
        info.exit_code if info else None,
        1 + (info.requeue_count or 0) + (info.retry_count or 0) if info else 1,
    )


def _stored(blobs: BlobServiceClient, n: str) -> frozenset[str]:
    with blobs.get_container_client(f"c-{n}") as container:
        try:
            return frozenset(container.list_blob_names())
        except ResourceNotFoundError:
            return frozenset()
