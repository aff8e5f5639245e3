"""Small programs, as the compiler makes them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from azure.batch.models import (
    AutoPoolSpecification,
    JobAddParameter,
    JobManagerTask,
    JobPreparationTask,
    MetadataItem,
    PoolAddParameter,
    PoolInformation,
    PoolSpecification,
    TaskAddParameter,
    TaskDependencies,
)

from batchspec.compiler import ends
from batchspec.compiler.layout import input_blob
from batchspec.compiler.program import Download, Finish, Made, Origin, Program, Upload
from batchspec.ports import FINGERPRINT_KEY, OWNER_KEY
from batchspec.source import Position, Span
from tests.support.fakes.clock import EPOCH


def origin(line: int = 1, pointer: str = "") -> Origin:
    """A place in a spec that is not there."""
    here = Position(line, 1, 0)
    return Origin(Span("spec.yaml", here, here), pointer)


def input_of(path: Path) -> Upload:
    """A file as an input, named by what it holds now."""
    data = path.read_bytes()
    return Upload(path, input_blob(hashlib.sha256(data).hexdigest()), len(data), origin())


def pool_of(made: Program) -> Any:
    """The body of a program's pool."""
    assert made.pool is not None
    return made.pool.body


def job_of(made: Program) -> Any:
    """The body of a program's job."""
    assert made.job is not None
    return made.job.body


def program(
    tasks: Mapping[str, Sequence[str]] | Sequence[str],
    *,
    name: str = "demo",
    fingerprint: str = "f1",
    uploads: tuple[Upload, ...] = (),
    downloads: tuple[Download, ...] = (),
    prepare: bool = False,
    on_all_tasks_complete: str | None = "terminatejob",
    manager: bool = False,
    finish: Finish = Finish(),  # noqa: B008  # frozen
    nodes: int | None = None,
    lifetime: timedelta | None = None,
) -> Program:
    """A small program. tasks: ids, or ids with the ids that each depends on."""
    parents = tasks if isinstance(tasks, Mapping) else dict.fromkeys(tasks, ())
    marks = [MetadataItem(name=OWNER_KEY, value=name), MetadataItem(name=FINGERPRINT_KEY, value=fingerprint)]
    made = [
        Made(
            TaskAddParameter(
                id=task_id,
                command_line="/bin/true",
                depends_on=TaskDependencies(task_ids=list(waits)) if waits else None,
            ),
            origin(10 + at, f"/tasks/{at}"),
        )
        for at, (task_id, waits) in enumerate(parents.items())
    ]
    size = _size(nodes, lifetime, idle=finish.pool != "keep")
    pool = PoolAddParameter(id=f"{name}-pool", vm_size="standard_d2s_v5", metadata=marks, **size)
    job = JobAddParameter(
        id=f"{name}-job",
        pool_info=PoolInformation(pool_id=f"{name}-pool"),
        metadata=list(marks),
        job_preparation_task=JobPreparationTask(command_line="/bin/true") if prepare else None,
        job_manager_task=JobManagerTask(id="manager", command_line="/bin/true") if manager else None,
        on_all_tasks_complete=on_all_tasks_complete,
    )
    return Program(
        name=name,
        api_version="2025-06-01",
        container=name,
        pool=Made(pool, origin(2, "/pool")),
        job=Made(job, origin(5, "/job")),
        schedule=None,
        tasks=made,
        uploads=uploads,
        downloads=downloads,
        secrets=frozenset(),
        finish=finish,
    )


def _size(nodes: int | None, lifetime: timedelta | None, *, idle: bool) -> dict[str, Any]:
    if not nodes or not (idle or lifetime):
        return {"target_dedicated_nodes": nodes}
    text = ends.formula(ends.Ends(nodes, 0, idle, lifetime), ends.after(EPOCH))
    return {
        "enable_auto_scale": True,
        "auto_scale_formula": text,
        "auto_scale_evaluation_interval": ends.INTERVAL,
    }


def elsewhere(made: Program, pool_id: str | None = "shared") -> Program:
    """The same work on a pool that others made; None: on one that the service makes for the job."""
    info = PoolInformation(pool_id=pool_id) if pool_id else PoolInformation(auto_pool_specification=_AUTO)
    job_of(made).pool_info = info
    return replace(made, pool=None, pool_info=Made(info, origin(6, "/job/pool_info")))


_AUTO = AutoPoolSpecification(pool_lifetime_option="job", pool=PoolSpecification(vm_size="standard_d2s_v5"))
