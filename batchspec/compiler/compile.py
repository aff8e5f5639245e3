"""Spec to program: all that a spec asks of the service, each request body with its origin in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from azure.batch.models import MetadataItem

from batchspec import __version__
from batchspec.compiler import hidden, jobs, pools, schedules
from batchspec.compiler.files import Files
from batchspec.compiler.fingerprint import fingerprint
from batchspec.compiler.links import Links
from batchspec.compiler.program import Downloads, Finish, Made, Origin, Program
from batchspec.compiler.record import of_tasks, record, slow
from batchspec.compiler.tasks import tasks
from batchspec.ports import CONTAINER_KEY, FINGERPRINT_KEY, OWNER_KEY, RUN_KEY, STAYS_KEY, TASKS_KEY, VERSION_KEY
from batchspec.spec.build import Spec
from batchspec.spec.model import Manager, Task
from batchspec.spec.table import Bound


def compile_spec(spec: Spec, links: Links, job_id: str | None = None) -> Program:
    """All that a spec asks of the service. Reads the input files, to name them by their content; raises OSError.

    job_id: of a further run of the job, in place of the one that the spec says.
    """
    keys, files = spec.keys, Files(spec, links, job_id)
    finish = Finish() if keys.on_finish is None else Finish(keys.on_finish.pool, keys.on_finish.job)
    container = links.url(files.container, None) if links.stores else None
    pool = job = schedule = pool_info = None
    if keys.pool is not None:
        pool = Made(pools.pool(keys.pool, files, idle=finish.pool != "keep"), _origin(keys.pool))
        _mark(pool.body, keys.name, record(pool.body, container, keys.pool.id), hidden.of_pool(spec))
    if keys.job is not None and keys.schedule is None:
        job = Made(jobs.job(keys.job, spec, files), _origin(keys.job))
        job.body.id = job_id or keys.job.id
    elif keys.job is not None and keys.schedule is not None:
        schedule = Made(jobs.schedule(keys.schedule, keys.job, spec, files), _origin(keys.job))
    body = job.body if job is not None else schedule.body.job_specification if schedule is not None else None
    if body is not None and keys.job is not None and keys.job.pool_info is not None:
        named = keys.job.pool_info
        pool_info = Made(body.pool_info, Origin(named.at("pool_id").span, named.pointer))
    files.take_placed()  # those of the tasks are told apart
    kept = schedules.stored(spec, files) if schedules.is_managed(spec) else files
    made = tasks(spec, kept)
    manager = keys.job.job_manager_task if keys.job is not None else None
    makers: list[Sequence[Task | Manager]] = [() if manager is None else (manager,), spec.tasks]
    downloads = Downloads(lambda: (one for task in chain(*makers) for one in kept.downloads(task)))
    if keys.job is not None:
        work, unseen = fingerprint(*spec.work, files.container, files.take_placed()), of_tasks(spec, keys.job.id)
        told = slow(work, keys.job.id) if unseen or hidden.is_in_tasks(spec) else work
        more = {TASKS_KEY: told, RUN_KEY: keys.job.id}
        more |= {CONTAINER_KEY: files.container, **hidden.of_work(spec)}
        if str(keys.job.on_all_tasks_complete).lower() != "terminatejob":
            more[STAYS_KEY] = "active"
        if schedule is not None and kept is not files:
            schedules.manage(spec, schedule.body.job_specification, files, kept, made, hidden=bool(unseen))
        if schedule is not None:
            _mark(schedule.body, keys.name, record(schedule.body, container, keys.job.id), more)
        if body is not None:  # of the job, or of the jobs that the schedule makes
            # Another signature of somebody's link is none here: a job would have to be made anew for that alone.
            content = record(body, container, keys.job.id, links=False) + unseen
            _mark(body, keys.name, content, more)
    return Program(
        name=keys.name,
        api_version=keys.api_version,
        container=files.container,
        pool=pool,
        job=job,
        schedule=schedule,
        tasks=made,
        uploads=tuple(files.uploads.values()),
        downloads=downloads,
        secrets=spec.secrets | (schedules.secrets(schedule.body) if schedule is not None else frozenset()),
        pool_info=pool_info,
        finish=finish,
        logs=files.logs,
        partial=spec.partial,
    )


def _origin(bound: Bound) -> Origin:
    return Origin(bound.at("id").span, bound.pointer)


def _mark(body: Any, name: str, content: str, more: Mapping[str, str]) -> None:
    marks = {OWNER_KEY: name, FINGERPRINT_KEY: content, **more, VERSION_KEY: __version__}
    body.metadata = [*(body.metadata or ()), *(MetadataItem(name=key, value=value) for key, value in marks.items())]
