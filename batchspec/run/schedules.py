"""The job schedule, as the plan says: made, changed in place or replaced; its links are renewed before they end."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from batchspec.errors import Refused, Unauthorized
from batchspec.planning.change import Action, Change
from batchspec.planning.jobs import ENDED
from batchspec.ports import ScheduleView
from batchspec.run.context import Run, refusal
from batchspec.run.deleting import remove
from batchspec.run.ensure import ensure, only_as_seen
from batchspec.run.events import Event, ScheduleReady
from batchspec.run.patching import entries, metadata
from batchspec.run.report import Finding

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

KIND = "job schedule"


def ready_schedule(
    run: Run, change: Change | None, view: ScheduleView | None
) -> Generator[Event, None, tuple[Finding, ...]]:
    """Bring the schedule to what the spec says. view: as the plan has seen it.

    To be called for a plan without changes, too: then only links that end soon are renewed.
    """
    made = run.program.schedule
    if made is None or change is None:
        return ()
    try:
        if change.action in (Action.CREATE, Action.REPLACE):
            if change.action is Action.REPLACE:
                problems = yield from remove(run, KIND, change.id, only_as_seen(run, KIND, made, view))
                if problems:
                    return problems
            return (yield from _create(run, made))
        assert view is not None, "what is changed has been seen"
        how = "updated" if change.action is Action.UPDATE else "renewed" if _renew(run, made.body, view) else ""
        if how or change.stale:
            yield from run.retry.ask(f"update {KIND} {change.id}", lambda: _patch(run, made.body, view))
        if view.state == "disabled":
            yield from run.retry.ask(f"enable {KIND} {change.id}", lambda: run.batch.enable_schedule(change.id))
    except Unauthorized:
        raise
    except Refused as error:
        return (refusal("BS701", made, f'the service refused to change {KIND} "{change.id}"', error),)
    yield from _ready(run, change.id, how or "unchanged")
    return ()


def _create(run: Run, made: Made[Any]) -> Generator[Event, None, tuple[Finding, ...]]:
    name = str(made.body.id)
    found = yield from ensure(
        run, KIND, made, get=lambda: run.batch.get_schedule(name), add=lambda: run.batch.add_schedule(made.body)
    )
    if isinstance(found, Finding):
        return (found,)
    yield from _ready(run, name, "created" if found is None else "unchanged")
    return ()


def _patch(run: Run, body: Any, view: ScheduleView) -> None:
    """A patch takes each of the three whole, and the jobs that are there stay as they are.

    https://learn.microsoft.com/rest/api/batchservice/job-schedules/update-job-schedule
    """
    found = body.serialize()
    changes = {"schedule": found.get("schedule", {}), "jobSpecification": found["jobSpecification"]}
    run.batch.patch_schedule(view.id, {**changes, "metadata": entries(metadata(body, view.metadata))})


def _ready(run: Run, name: str, how: str) -> Generator[Event, None, None]:
    """Tell of it as it stands now."""
    view = yield from run.retry.ask(f"{KIND} {name}", lambda: run.batch.get_schedule(name))
    yield ScheduleReady(view.id, how, view.state, view.next_run, view.recent_job)


def _renew(run: Run, body: Any, view: ScheduleView) -> bool:
    """One that has ended has no use for links."""
    return view.state not in ENDED and _end_soon(run, body, view)


def _end_soon(run: Run, body: Any, view: ScheduleView) -> bool:
    """Whether less than half of the time is left for which our links are signed."""
    now = run.clock.now()
    ours = min(_ends(body.job_specification.serialize()), default=None)
    theirs = min(_ends(view.body.get("jobSpecification")), default=now)
    return ours is not None and theirs - now < (ours - now) / 2


def _ends(found: Any) -> Iterator[datetime]:
    """When the signatures in the URLs of a JSON document end."""
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        for one in found:
            yield from _ends(one)
    elif isinstance(found, str) and found.startswith(("https://", "http://")) and "se=" in found:
        for text in parse_qs(urlsplit(found).query).get("se", ()):
            try:
                end = datetime.fromisoformat(text.replace("Z", "+00:00"))
            except ValueError:
                continue
            if end.tzinfo is not None:
                yield end
