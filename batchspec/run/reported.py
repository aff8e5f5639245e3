"""The end of a command that has a verdict: its report, with all that was told on the way."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import cast

from batchspec.run.events import Event, Finished, Found, ScheduleReady
from batchspec.run.report import Report


def reported(steps: Generator[Event, None, Report]) -> Generator[Event, None, None]:
    """What the steps tell; the last event is Finished, with the report that they return and what they have found."""
    told: list[Found | ScheduleReady] = []
    report = yield from _noted(steps, told)
    for event in told:
        if isinstance(event, ScheduleReady):
            report = replace(report, schedule_id=event.schedule_id, next_run=event.next_run)
        else:
            report = replace(report, findings=(*report.findings, event.finding))
    yield Finished(report)


def _noted(steps: Generator[Event, None, Report], told: list[Found | ScheduleReady]) -> Generator[Event, None, Report]:
    with closing(steps):
        try:
            while True:
                event = next(steps)
                if isinstance(event, (Found, ScheduleReady)):
                    told.append(event)
                yield event
        except StopIteration as end:
            return cast("Report", end.value)
