"""The runs of one spec's job: the job under the id that the spec says, and its reruns, `<id>-2` and so on."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchspec.errors import UsageError
from batchspec.planning.owner import ours
from batchspec.ports import OWNER_KEY, RUN_KEY, JobView
from batchspec.run.context import Run, same_id
from batchspec.run.events import Event
from batchspec.run.retry import quietly, retrying

if TYPE_CHECKING:
    from batchspec.ports import BatchPort, Clock

_NUMBER = re.compile(r"-([0-9]{1,9})")


@dataclass(frozen=True)
class Reruns:
    """The runs of a job that are there, the newest first. job_id: as the spec says it."""

    job_id: str
    runs: tuple[JobView, ...] = ()


def there(batch: BatchPort, clock: Clock, name: str, first: str) -> list[JobView]:
    """The runs that are there of the job with the id `first`, of the spec with this name, the newest first.

    Raises ServiceError.
    """
    views = quietly(retrying(clock).ask(f"runs of {first}", lambda: list(batch.find_jobs(first))))
    found = [view for view in views if view.metadata.get(OWNER_KEY) == name and is_run(view.id, view.metadata, first)]
    return sorted(found, key=lambda view: number(view.id, first), reverse=True)


def the_one(found: Sequence[JobView], first: str, wanted: str) -> JobView:
    """The run of a number or an id. Raises UsageError when there is none."""
    for view in found:
        if same_id(view.id, wanted) or (wanted.isdecimal() and number(view.id, first) == int(wanted)):
            return view
    numbers = ", ".join(str(number(view.id, first)) for view in found[:10])
    more = f" and {len(found) - 10} more" if len(found) > 10 else ""
    hint = f"there are {numbers}{more}" if found else 'run it with "batchspec apply"'
    raise UsageError(f'the job "{first}" has no run "{wanted}"', hint)


def following(job_id: str, first: str) -> str:
    """The id of the run after a run."""
    return f"{first}-{number(job_id, first) + 1}"


def preceding(job_id: str, first: str) -> str | None:
    """The id of the run before a run; None where there can be none."""
    which = number(job_id, first) - 1
    return None if which < 1 else first if which == 1 else f"{first}-{which}"


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
    """Whether a job of ours is a run of the job with the id `first`: that job, too, when it is a rerun of another."""
    return same_id(job_id, first) or same_id(first, metadata.get(RUN_KEY))


def number(job_id: str, first: str) -> int:
    """Which run a job is, counted from 1; 0 for an id that is none of a run."""
    if same_id(job_id, first):
        return 1
    match = _NUMBER.fullmatch(job_id[len(first) :])
    return int(match[1]) if match else 0
