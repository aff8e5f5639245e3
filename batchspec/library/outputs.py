"""The outputs that a job's tasks have left in its storage container."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from batchspec.compiler.layout import output_of, outputs_folder
from batchspec.compiler.program import Download
from batchspec.errors import NotFound
from batchspec.ports import CONTAINER_KEY
from batchspec.run.collect import collect
from batchspec.run.context import Run
from batchspec.run.events import Event


@dataclass(frozen=True)
class OutputFile:
    """A file that a task has left. path: in the task's folder, with forward slashes; size in bytes."""

    task_id: str
    path: str
    size: int
    blob: str  # its name in the container


def listed(run: Run, task_ids: Sequence[str] = ()) -> Generator[Event, None, tuple[OutputFile, ...]]:
    """The outputs of the tasks named, or of all, by name. Raises ServiceError."""
    container, prefix = _container(run), f"{outputs_folder(run.job_id)}/"
    try:
        views = yield from run.retry.ask("list the outputs", lambda: list(run.blobs.list_blobs(container, prefix)))
    except NotFound:
        return ()
    found = ((output_of(run.job_id, view.name), view) for view in views)
    made = (OutputFile(*of, view.size, view.name) for of, view in found if of is not None)
    return tuple(one for one in made if not task_ids or one.task_id in task_ids)


def read(run: Run, task_id: str, path: str) -> Generator[Event, None, bytes]:
    """The whole of one output. Raises NotFound, ServiceError."""
    outputs = yield from listed(run, [task_id])
    output = next((one for one in outputs if one.path == path), None)
    if output is None:
        raise NotFound(f'task "{task_id}" of job "{run.job_id}" has left no output "{path}"')
    container, data = _container(run), bytearray()
    while len(data) < output.size:
        request = partial(run.blobs.read, container, output.blob, len(data))
        piece = yield from run.retry.ask(f"output {output.blob}", request)
        if not piece:
            break
        data += piece
    return bytes(data)


def fetch(run: Run, folder: Path, task_ids: Sequence[str] = ()) -> Generator[Event, None, tuple[Path, ...]]:
    """Write outputs to `folder/TASK/PATH`, in parallel. The files, sorted. Raises ServiceError, LocalFailure."""
    outputs = yield from listed(run, task_ids)
    folders = {one.blob[: -len(one.path)]: one.task_id for one in outputs}
    downloads = tuple(Download(task_id, prefix, task_id, exact=False) for prefix, task_id in folders.items())
    program = replace(run.program, downloads=downloads)
    options = replace(run.options, results=folder)
    return (yield from collect(replace(run, program=program, options=options), lambda _task_id: False))


def _container(run: Run) -> str:
    if not run.program.container:
        raise NotFound(f'job "{run.job_id}" does not say where its outputs are', f"it has no metadata {CONTAINER_KEY}")
    return run.program.container
