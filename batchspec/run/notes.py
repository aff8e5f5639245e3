"""What is noted of a job that is deleted before its outputs are: whose it was, beside them.

A job carries our mark, and its blobs carry none. So without a note nobody knew that the outputs of a run whose job is
gone are the spec's, and its `destroy` would leave them. on_finish writes one, and a destroy, which may be cut short.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from batchspec.compiler.layout import ended_blob
from batchspec.errors import NotFound
from batchspec.ports import OWNER_KEY, RUN_KEY
from batchspec.run.context import Run
from batchspec.run.events import Event
from batchspec.run.reruns import is_run

if TYPE_CHECKING:
    from batchspec.ports import BlobPort
    from batchspec.run.retry import Retry


def note(run: Run, job_id: str) -> None:
    """To be written before a job goes: until then the job itself tells."""
    if run.program.stores:
        data = json.dumps({OWNER_KEY: run.program.name, RUN_KEY: run.base_id}).encode()
        with suppress(NotFound):  # without the container there are no outputs
            run.blobs.write(run.program.container, ended_blob(job_id), data)


def noted(run: Run) -> Generator[Event, None, list[str]]:
    """The runs of the spec's job that were noted, by their ids."""
    return (yield from run.retry.ask("list the runs that have ended", lambda: _ours(run)))


def _ours(run: Run) -> list[str]:
    container, none = run.program.container, ended_blob("")
    try:
        views = list(run.blobs.list_blobs(container, ended_blob(run.base_id)))
    except NotFound:  # the container
        return []
    notes = {view.name[len(none) :]: read(run.blobs, container, view.name[len(none) :]) for view in views}
    name, first = run.program.name, run.base_id
    return [job_id for job_id, marks in notes.items() if marks.get(OWNER_KEY) == name and is_run(job_id, marks, first)]


def read(blobs: BlobPort, container: str, job_id: str) -> Mapping[str, str]:
    """What was noted of a job: our marks; nothing of one that was not."""
    try:
        found = json.loads(blobs.read(container, ended_blob(job_id), 0))
    except (NotFound, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def forget(blobs: BlobPort, retry: Retry, container: str, job_id: str) -> Generator[Event, None, None]:
    """To be called once the outputs are gone, or a job is there again that tells whose they are."""
    blob = ended_blob(job_id)
    with suppress(NotFound):
        yield from retry.ask(f"delete {blob}", lambda: blobs.delete_blob(container, blob))
