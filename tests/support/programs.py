"""Small programs, as the compiler makes them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from azure.batch.models import (
    JobAddParameter,
    JobPreparationTask,
    MetadataItem,
    PoolAddParameter,
    PoolInformation,
    TaskAddParameter,
    TaskDependencies,
)

from batchspec.compiler.layout import input_blob
from batchspec.compiler.program import Download, Made, Origin, Program, Upload
from batchspec.ports import FINGERPRINT_KEY, OWNER_KEY
from batchspec.source import Position, Span


def origin(line: int = 1, pointer: str = "") -> Origin:
    """A place in a spec that is not there."""
    here = Position(line, 1, 0)
    return Origin(Span("spec.yaml", here, here), pointer)


def input_of(path: Path) -> Upload:
    """A file as an input, named by what it holds now."""
    data = path.read_bytes()
    return Upload(path, input_blob(hashlib.sha256(data).hexdigest()), len(data), origin())


def program(
    tasks: Mapping[str, Sequence[str]] | Sequence[str],
    *,
    name: str = "demo",
    fingerprint: str = "f1",
    uploads: tuple[Upload, ...] = (),
    downloads: tuple[Download, ...] = (),
    prepare: bool = False,
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
    return Program(
        name=name,
        container=name,
        pool=Made(PoolAddParameter(id=f"{name}-pool", vm_size="standard_d2s_v5", metadata=marks), origin(2, "/pool")),
        job=Made(
            JobAddParameter(
                id=f"{name}-job",
                pool_info=PoolInformation(pool_id=f"{name}-pool"),
                metadata=marks,
                job_preparation_task=JobPreparationTask(command_line="/bin/true") if prepare else None,
            ),
            origin(5, "/job"),
        ),
        tasks=made,
        uploads=uploads,
        downloads=downloads,
        secrets=frozenset(),
    )
