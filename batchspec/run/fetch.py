"""What is live and shall become a spec, asked of the service."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchspec.compiler.schedules import TASKS
from batchspec.errors import NotFound, UsageError
from batchspec.importing.export import Live, owner_of
from batchspec.manager import SCRIPT
from batchspec.run.retry import quietly, retrying
from batchspec.spec.matrix import MAX_TASKS

if TYPE_CHECKING:
    from batchspec.ports import BatchPort, BlobPort, Clock


def fetch_pool(pool_id: str, batch: BatchPort, clock: Clock) -> Live:
    """A pool. Raises ServiceError."""
    return Live(pool=quietly(retrying(clock).ask(f"pool {pool_id}", lambda: batch.get_pool(pool_id))).body)


def fetch_job(
    job_id: str, batch: BatchPort, clock: Clock, *, with_pool: bool | None = None, most: int = MAX_TASKS
) -> Live:
    """A job with its tasks, and the pool that it runs on. with_pool: None takes it when the same spec made both.

    Raises ServiceError, and UsageError for a job of more tasks than a spec may have.
    """
    retry = retrying(clock)
    job = quietly(retry.ask(f"job {job_id}", lambda: batch.get_job(job_id))).body
    count = quietly(retry.ask("count tasks", lambda: batch.count_tasks(job_id))).total
    if count > most:
        hint = "write it as templates, or let more of them in with --max-tasks"
        raise UsageError(f'job "{job_id}" has {count:,} tasks; at most {most:,} are exported', hint)
    tasks = quietly(retry.ask("list tasks", lambda: list(batch.task_bodies(job_id))))
    first = (job.get("jobManagerTask") or {}).get("id")
    pool = _pool(job, batch, clock, with_pool=with_pool)
    return Live(pool, job, None, [task for task in tasks if task.get("id") != first])


def fetch_schedule(
    schedule_id: str, batch: BatchPort, blobs: BlobPort, clock: Clock, *, with_pool: bool | None = None
) -> Live:
    """A job schedule, its tasks where batchspec has stored them, and its pool. Raises ServiceError."""
    view = quietly(retrying(clock).ask(f"schedule {schedule_id}", lambda: batch.get_schedule(schedule_id)))
    body = view.body
    specified = body.get("jobSpecification") or {}
    pool = _pool({**specified, "metadata": body.get("metadata")}, batch, clock, with_pool=with_pool)
    url = _stored_at(specified.get("jobManagerTask") or {})
    if not url:
        return Live(pool, None, body, None)
    _, container, folder, blob = url.partition("?")[0].rsplit("/", 3)
    data = quietly(retrying(clock).ask("the stored tasks", lambda: _whole(blobs, container, f"{folder}/{blob}")))
    head, *tasks = map(json.loads, gzip.decompress(data).splitlines())
    return Live(pool, None, body, tasks, head.get("identity"), head["container"])


def _stored_at(manager: Mapping[str, Any]) -> str:
    """The URL of the tasks that a manager of ours adds; "" for any other manager."""
    if manager.get("commandLine") != f"python3 -I {SCRIPT.name} {TASKS}":
        return ""
    files = {one.get("filePath"): one.get("httpUrl") or "" for one in manager.get("resourceFiles") or ()}
    return str(files.get(TASKS, ""))


def _whole(blobs: BlobPort, container: str, blob: str) -> bytes:
    made = bytearray()
    while piece := blobs.read(container, blob, len(made)):
        made += piece
    return bytes(made)


def _pool(
    job: Mapping[str, Any], batch: BatchPort, clock: Clock, *, with_pool: bool | None
) -> Mapping[str, Any] | None:
    pool_id = (job.get("poolInfo") or {}).get("poolId")
    if not pool_id or with_pool is False:
        return None
    try:
        pool = quietly(retrying(clock).ask(f"pool {pool_id}", lambda: batch.get_pool(pool_id))).body
    except NotFound:
        if with_pool:
            raise
        return None
    together = owner_of(pool) == owner_of(job) != ""
    return pool if with_pool or together else None
