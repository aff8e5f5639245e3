"""Moments, lengths of time and names in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from batchspec.ports import TaskView
from batchspec.run.context import explained

_NAMED = 3


def since(moment: datetime | None, now: datetime) -> str:
    """ " since 12:03:04 UTC (2 min 03 s)", "" when nobody knows."""
    if moment is None or moment.year < 1970:
        return ""
    return f" since {_clock(moment, now)} ({length(_passed(moment, now))})"


def at(moment: datetime | None, now: datetime) -> str:
    """ " at 12:03:04 UTC, 2 min 03 s ago", "" when nobody knows."""
    if moment is None or moment.year < 1970:
        return ""
    return f" at {_clock(moment, now)}, {length(_passed(moment, now))} ago"


def _clock(moment: datetime, now: datetime) -> str:
    day = "" if moment.date() == now.date() else f"{moment:%Y-%m-%d} "
    return f"{day}{moment:%H:%M:%S} UTC"


def _passed(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())  # the service's clock may be ahead of ours


def length(seconds: float) -> str:
    """A length of time for people."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def named(task_ids: Sequence[str]) -> str:
    """ "task "a"", or "5 tasks ("a", "b", "c"...)"."""
    if len(task_ids) == 1:
        return f'task "{task_ids[0]}"'
    shown = ", ".join(f'"{one}"' for one in task_ids[:_NAMED])
    return f"{len(task_ids):,} tasks ({shown}{', ...' if len(task_ids) > _NAMED else ''})"


def several(count: int, what: str) -> str:
    """ "1 task", "12 tasks"."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def ended(view: TaskView) -> str:
    """How a completed task ended."""
    if view.succeeded:
        return "succeeded"
    if view.fault is None or view.fault.code == "FailureExitCode":
        return f"failed with exit code {view.exit_code}" if view.exit_code else "failed"
    return f"failed: {explained(view.fault.message or view.fault.code, view.fault.details)}"
