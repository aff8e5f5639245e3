"""BS313, BS314: a schedule's times are not too short, and its end is not before its start.

From the REST document: `recurrenceInterval` and `startWindow` of less than a minute are refused. A window that is
longer than the recurrence is allowed; it means the same as no window.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec

_LEAST = timedelta(minutes=1)


def check(spec: Spec) -> Iterator[Diagnostic]:
    """What the service refuses, and a schedule that would never make a job."""
    schedule = spec.keys.schedule
    if schedule is None:
        return
    for name, length in (("every", schedule.every), ("window", schedule.window)):
        if length is not None and length < _LEAST:
            message = f'"{name}" is less than a minute'
            yield finding("BS313", message, schedule.at(name), f"{schedule.pointer}/{name}", "write 1m or more")
    if schedule.until is not None and schedule.start is not None and schedule.until <= schedule.start:
        message, hint = "the schedule ends before it starts, and makes no job", "let until be later than start"
        yield finding("BS314", message, schedule.at("until"), f"{schedule.pointer}/until", hint)
