"""The metadata of a live job. A patch overwrites all of it, and may lose nothing that another has written meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial

from batchspec.errors import Conflict, PreconditionFailed
from batchspec.planning.jobs import OVER
from batchspec.ports import JobView
from batchspec.run.context import Run
from batchspec.run.events import Event
from batchspec.run.patching import entries
from batchspec.run.report import Finding


def rewrite(
    run: Run, job_id: str, what: str, noted: Callable[[JobView], Mapping[str, str] | Finding]
) -> Generator[Event, None, Finding | None]:
    """Give the job the metadata that follows from what it has, looking again whenever it has just changed.

    noted: all of it, or why none is written. What has ended takes none, and needs none.
    """
    while True:
        view = yield from run.retry.ask(f"job {job_id}", lambda: run.batch.get_job(job_id))
        wanted = noted(view)
        if isinstance(wanted, Finding):
            return wanted
        made = {"metadata": entries(wanted)}
        try:
            yield from run.retry.ask(what, partial(run.batch.patch_job, job_id, made, view.etag))
        except PreconditionFailed:
            continue
        except Conflict:
            found = yield from run.retry.ask(f"job {job_id}", lambda: run.batch.get_job(job_id))
            if found.state not in OVER:
                raise
        return None
