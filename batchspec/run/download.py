"""Bring home again what a program's tasks have left, whether or not all of them have run."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from batchspec.errors import UsageError
from batchspec.run.absent import or_none
from batchspec.run.collect import collect
from batchspec.run.context import Options, Run, need_job, need_whole
from batchspec.run.events import Event
from batchspec.run.tracker import Tracker

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock


def download(
    program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock, results: Path
) -> Generator[Event, None, tuple[Path, ...]]:
    """Download the outputs that are there; returns the files.

    Raises ServiceError, LocalFailure, and UsageError when the spec has no job, or nothing is left of it.
    """
    need_job(program)
    need_whole(program)
    run = Run.of(program, batch, blobs, clock, Options(results=results))
    tracker = Tracker(program.tasks)
    views = yield from or_none(run.retry, "list tasks", lambda: list(batch.list_tasks(run.job_id, started=True)))
    for view in views or ():  # the job may be gone, and its outputs be there
        tracker.update(view)
    files = yield from collect(run, tracker.succeeded)
    if views is None and not files:
        hint = 'run it with "batchspec apply"'
        raise UsageError(f'there is no job "{run.job_id}", and none of its outputs are kept', hint)
    return files
