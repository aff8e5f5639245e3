"""The end of a command that has a verdict: its report, with all that was told on the way."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import cast

from batchspec.diag import Diagnostic
from batchspec.errors import OutOfTime
from batchspec.run.context import Run
from batchspec.run.events import Downloaded, Event, Finished, Found, ScheduleReady
from batchspec.run.pause import paused
from batchspec.run.report import Finding, Report, Verdict

_Told = Found | ScheduleReady | Downloaded  # what the report has, too


def reported(run: Run, steps: Generator[Event, None, Report], again: str | None = None) -> Generator[Event, None, None]:
    """What the steps tell; the last event is Finished, with the report that they return and what they have found.

    again: what to do when there was no time for all of them.
    """
    told: list[_Told] = []
    report = yield from _noted(_in_time(run, steps, again), told)
    for event in told:
        if isinstance(event, ScheduleReady):
            report = replace(report, schedule_id=event.schedule_id, next_run=event.next_run)
    findings = tuple(event.finding for event in told if isinstance(event, Found))
    files = tuple(sorted(event.path for event in told if isinstance(event, Downloaded)))
    yield Finished(replace(report, findings=findings, downloads=files))


def _in_time(run: Run, steps: Generator[Event, None, Report], again: str | None) -> Generator[Event, None, Report]:
    try:
        return (yield from steps)
    except OutOfTime as late:
        hint = (paused(run) if run.program.job is not None else None) or again
        yield Found(Finding(Diagnostic("BS816", late.message, None, hint=hint)))
        return Report(Verdict.TIMED_OUT, run.pool_id, run.program.job_id, running=late.running)


def _noted(steps: Generator[Event, None, Report], told: list[_Told]) -> Generator[Event, None, Report]:
    with closing(steps):
        try:
            while True:
                event = next(steps)
                if isinstance(event, _Told):
                    told.append(event)
                yield event
        except StopIteration as end:
            return cast("Report", end.value)
