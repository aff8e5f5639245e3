"""The runs of one spec's job: the job under the id that the spec says, and its reruns, `<id>-2` and so on."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

from batchspec.ports import OWNER_KEY, RUN_KEY, JobView
from batchspec.run.context import Run, ours, same_id
from batchspec.run.events import Event
from batchspec.run.retry import quietly, retrying

if TYPE_CHECKING:
    from batchspec.ports import BatchPort, Clock

ENDED = ("completed", "terminating", "deleting")
_NUMBER = re.compile(r"-([0-9]{1,9})")


def latest(batch: BatchPort, clock: Clock, name: str, first: str) -> JobView | None:
    """The newest run that is there of the job with the id `first`, of the spec with this name. Raises ServiceError."""
    views = quietly(retrying(clock).ask(f"runs of {first}", lambda: list(batch.find_jobs(first))))
    found = [view for view in views if view.metadata.get(OWNER_KEY) == name and is_run(view.id, view.metadata, first)]
    return max(found, key=lambda view: number(view.id, first), default=None)


def following(job_id: str, first: str) -> str:
    """The id of the run after a run."""
    return f"{first}-{number(job_id, first) + 1}"


def listed(run: Run) -> Generator[Event, None, list[JobView]]:
    """All jobs whose ids begin with the job's own, ours or not."""
    return (yield from run.retry.ask(f"runs of {run.base_id}", lambda: list(run.batch.find_jobs(run.base_id))))


def runs_of(run: Run) -> Generator[Event, None, list[JobView]]:
    """The runs that are there and ours, the first run first."""
    views = yield from listed(run)
    return ours_among(run, views)


def ours_among(run: Run, views: list[JobView]) -> list[JobView]:
    """The runs among jobs, the first run first."""
    found = [view for view in views if ours(run.program, view.metadata) and is_run(view.id, view.metadata, run.base_id)]
    return sorted(found, key=lambda view: number(view.id, run.base_id))


def is_run(job_id: str, metadata: Mapping[str, str], first: str) -> bool:
    """Whether a job of ours is a run of the job with the id `first`."""
    return same_id(metadata.get(RUN_KEY, job_id), first)


def number(job_id: str, first: str) -> int:
    """Which run a job is, counted from 1; 0 for an id that is none of a run."""
    if same_id(job_id, first):
        return 1
    match = _NUMBER.fullmatch(job_id[len(first) :])
    return int(match[1]) if match else 0
