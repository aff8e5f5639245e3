"""Programs of shell scripts, applied through the adapters to a service that runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from azure.batch.models import MetadataItem, TaskAddParameter

from batchspec.compiler.program import Made, Program
from batchspec.ports import FINGERPRINT_KEY, OWNER_KEY
from batchspec.run import Options, Report, apply
from batchspec.run.events import Event, Finished, TaskMoved
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from batchspec.service.clock import SystemClock
from tests.contract.batch.support import job_spec, pool_spec, task_spec
from tests.support.programs import origin, program

CLOCK = SystemClock()


def shell(task_id: str, script: str, **members: Any) -> TaskAddParameter:
    """A task that runs a script, which holds no single quote."""
    return task_spec(task_id, f"/bin/bash -c '{script}'", **members)


def made(name: str, tasks: Sequence[TaskAddParameter], **members: Any) -> Program:
    """A program of one node with two slots."""
    marks = [MetadataItem(name=OWNER_KEY, value=name), MetadataItem(name=FINGERPRINT_KEY, value="1")]
    pool = pool_spec(
        name,
        target_dedicated_nodes=1,
        task_slots_per_node=2,
        start_task=members.get("start_task"),
        metadata=marks,
    )
    job = job_spec(
        f"{name}-job",
        name,
        job_preparation_task=members.get("preparation"),
        uses_task_dependencies=True,
        on_all_tasks_complete="terminatejob",
        metadata=marks,
    )
    return replace(
        program([], name=name, uploads=members.get("uploads", ()), downloads=members.get("downloads", ())),
        pool=Made(pool, origin(2, "/pool")),
        job=Made(job, origin(3, "/job")),
        tasks=[Made(task, origin(10 + at, f"/tasks/{at}")) for at, task in enumerate(tasks)],
    )


def run(
    program: Program, batch: AzureBatch, blobs: AzureBlob, results: Path, happens: Callable[[], object] | None = None
) -> tuple[list[Event], Report]:
    """What an apply tells and comes to; with `happens`, something happens once a task runs."""
    todo = [happens] if happens else []
    events = []
    for event in apply(program, batch, blobs, CLOCK, Options(results=results, timeout=45.0)):
        events.append(event)
        if todo and isinstance(event, TaskMoved) and event.task.state == "running":
            todo.pop()()
    last = events[-1]
    assert isinstance(last, Finished)
    return events, last.report
