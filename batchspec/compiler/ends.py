"""The end of a pool's nodes, written into the service as an autoscale formula, so that it needs nobody to watch.

    lifetime       no nodes from a moment on
    none when idle no nodes when no task is ready or running, and has been for WINDOW

Facts are from https://learn.microsoft.com/azure/batch/batch-automatic-scaling: a formula may have comments, has 8 KB at
most, and is evaluated every 5 minutes at the most; `$PendingTasks` counts tasks that run and tasks that could start
now, not those that wait for others: tasks behind a dependency that failed keep no nodes.

What is made here and what is read back are the same text: the service has no other place to keep it. The moments are
those of the apply; `same_formula` looks past them.

- A formula that idles has nodes until a moment shortly after it was applied (`until`), as the tasks come after the
  pool; or has none until then (`held = 0`), when the last task has just ended and is still in the samples.
- Where samples are missing nothing changes: no work is cut off, and no pool grows for nothing.
- Nodes that idle leave when their tasks have ended (taskcompletion). With a lifetime they leave at once, and what runs
  is queued again (requeue): a task that hangs would hold its node for ever otherwise, and nothing is counted as failed.
  One formula has one option: that it may depend on a condition is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from batchspec.spec import durations

INTERVAL = timedelta(minutes=5)  # between evaluations: the shortest that the service takes
HOLD = timedelta(minutes=15)  # nodes without tasks, after an apply
WINDOW = timedelta(minutes=10)  # how long no task may have waited or run before nodes leave

Body = TypeVar("Body")
Moment = Callable[[timedelta], str]  # the text of the moment that is so long from now

_TARGETS = ("$TargetDedicatedNodes", "$TargetLowPriorityNodes")
_MARK = "// batchspec: "
_TITLE = re.compile(
    rf"{_MARK}(?:(?P<dedicated>\d+) dedicated, (?P<spot>\d+) spot(?P<idle>, none when idle)?)?"
    r"(?:(?:, )?lifetime (?P<lifetime>P\S+))?"
)
_TIME = re.compile(r'time\("([^"]*)"\)')
_HELD = re.compile(r"^held = ([01]);$", re.MULTILINE)
_UNTIL = re.compile(r'^until = time\("([^"]*)"\);$', re.MULTILINE)
_END = re.compile(r'time\(\) < time\("([^"]*)"\)')


@dataclass(frozen=True)
class Ends:
    """What a formula of ours holds. own: the user's formula that sets the numbers, "" where they are fixed."""

    dedicated: int = 0
    spot: int = 0
    idle: bool = False  # none when idle
    lifetime: timedelta | None = None
    own: str = ""


@dataclass(frozen=True)
class Moments:
    """The moments of a formula that idles or ends. held: whether there are nodes or none until `until`."""

    held: bool = True
    until: datetime | None = None
    end: datetime | None = None


def formula(ends: Ends, moment: Moment) -> str:
    """The formula; without idling and lifetime there is none to make."""
    end = None if ends.lifetime is None else moment(ends.lifetime)
    if ends.own:
        return _appended(ends, end or "")
    lines = [_title(ends)]
    if ends.idle:
        lines += _idling(moment)
    for name, count in zip(_TARGETS, (ends.dedicated, ends.spot), strict=True):
        lines.append(f"{name} = {_nodes(ends, name, count, end)};")
    lines.append(f"$NodeDeallocationOption = {'taskcompletion' if end is None else 'requeue'};")
    return "\n".join(lines) + "\n"


def read(text: str | None) -> Ends | None:
    """What a formula of ours holds; None for any other."""
    own, mark, ours = (text or "").replace("\r\n", "\n").rpartition(_MARK)
    title = _TITLE.match(mark + ours)
    if not mark or title is None:
        return None
    lifetime = durations.parse(title["lifetime"]) if title["lifetime"] else None
    if title["dedicated"] is None:
        return Ends(lifetime=lifetime, own=own.removesuffix("\n").removesuffix("\n;"))
    return Ends(int(title["dedicated"]), int(title["spot"]), bool(title["idle"]), lifetime)


def same_formula(wanted: str | None, live: str | None) -> bool:
    """Whether two formulas are the same but for the moments that we put into them."""
    return timeless(wanted) == timeless(live)


def timeless(text: str | None) -> str:
    """A formula without the moments that we put into it."""
    head, mark, ours = (text or "").replace("\r\n", "\n").strip().rpartition(_MARK)
    return head + mark + (_HELD.sub("held = 1;", _TIME.sub('time("")', ours)) if mark else ours)


def moments(text: str | None) -> Moments:
    """The moments in a formula of ours; none in any other, nor in one with placeholders."""
    ours = _ours(text)
    held, until, end = _HELD.search(ours), _UNTIL.search(ours), _END.search(ours)
    return Moments(held is None or held[1] == "1", _when(until), _when(end))


def lifetime_over(text: str | None, now: datetime) -> bool:
    """Whether a pool with this formula has no nodes any more, whatever there is to do."""
    end = moments(text).end
    return end is not None and end <= now


def wake(wanted: str, now: datetime) -> str:
    """The formula with its moments counted from now: nodes at once, and a whole lifetime. Others stay as they are."""
    ends = read(wanted)
    return wanted if ends is None else formula(ends, after(now))


def renewed(body: Body, now: datetime) -> Body:
    """A pool's request body with the moments of its formula counted from now, for when it is sent."""
    if read(getattr(body, "auto_scale_formula", None)) is None:
        return body
    made = copy(body)
    vars(made)["auto_scale_formula"] = wake(vars(body)["auto_scale_formula"], now)
    return made


def asleep(live: str, now: datetime) -> str:
    """The formula without nodes for as long as the samples tell of work that has ended; its lifetime goes on."""
    head, mark, ours = live.rpartition(_MARK)
    until = f'until = time("{after(now)(WINDOW)}");'
    return head + mark + _UNTIL.sub(until, _HELD.sub("held = 0;", ours))


def needs_waking(wanted: str | None, live: str | None, target_nodes: int, now: datetime) -> bool:
    """Whether a pool that shall have this formula must be given it anew to have its nodes for work that comes now."""
    ends = read(wanted)
    if ends is None:
        return False
    if not same_formula(wanted, live) or lifetime_over(live, now):
        return True
    return ends.idle and (target_nodes == 0 or not moments(live).held)


def after(now: datetime) -> Moment:
    """Moments counted from now."""
    return lambda later: f"{(now + later).astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def _title(ends: Ends) -> str:
    parts = [] if ends.own else [f"{ends.dedicated} dedicated, {ends.spot} spot"]
    if ends.idle:
        parts.append("none when idle")
    if ends.lifetime is not None:
        parts.append(f"lifetime {durations.exact(ends.lifetime)}")
    return _MARK + ", ".join(parts)


def _nodes(ends: Ends, name: str, count: int, end: str | None) -> str:
    nodes = str(count)
    if count and ends.idle:
        nodes = f"time() < until ? held * {count} : (seen ? busy * {count} : {name})"
    return nodes if not count or end is None else f'time() < time("{end}") ? ({nodes}) : 0'


def _idling(moment: Moment) -> list[str]:
    window = f"TimeInterval_Minute * {WINDOW // timedelta(minutes=1)}"
    return [
        "held = 1;",
        f'until = time("{moment(HOLD)}");',
        f"seen = $PendingTasks.GetSamplePercent({window}) > 0;",
        f"busy = seen ? max(0, $PendingTasks.GetSample({window})) > 0 : 0;",
    ]


def _appended(ends: Ends, end: str) -> str:
    """The user's formula, and after it what ends it."""
    from batchspec.autoscale.scan import scan  # few specs have a formula

    own = ends.own.replace("\r\n", "\n").rstrip("\n")
    tokens = [token for token in scan(own) if token.kind != "end"]
    if tokens and tokens[-1].text != ";":
        own += "\n;"  # on a line of its own: the last one may be a comment
    lines = [f'{name} = time() < time("{end}") ? {name} : 0;' for name in _TARGETS]
    return "\n".join([own, _title(ends), *lines]) + "\n"


def _ours(text: str | None) -> str:
    _, mark, ours = (text or "").rpartition(_MARK)
    return ours if mark else ""


def _when(found: re.Match[str] | None) -> datetime | None:
    try:
        return None if found is None else datetime.strptime(found[1], "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
