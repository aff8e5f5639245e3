"""Differences in words, under the names that the spec has for the fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from batchspec.diag.model import one_line
from batchspec.planning.differences import Difference
from batchspec.planning.live import Left
from batchspec.planning.usual import NO_LIMIT
from batchspec.spec import durations, model
from batchspec.spec.table import Bound, Table

_TABLES: dict[str, type[Bound]] = {
    "pool": model.Pool,
    "job": model.Job,
    "job_schedule": model.Schedule,
    "task": model.Task,
}
_AUTOSCALE = {
    "auto_scale_formula": "nodes.autoscale.formula",
    "auto_scale_evaluation_interval": "nodes.autoscale.interval",
    "enable_auto_scale": "nodes.autoscale",
}
_OWN = {"environment_settings[BATCHSPEC_RUN]": "run", "common_environment_settings[BATCHSPEC_RUN]": "run"}
LENGTHS = frozenset(  # of time: the service writes them as PT1H, and people as 1h
    {
        "auto_scale_evaluation_interval",
        "max_wall_clock_time",
        "pause_time_between_batches",
        "recurrence_interval",
        "resize_timeout",
        "retention_time",
        "start_window",
    }
)
_LONGEST = 60  # characters of a value


def sentence(kind: str, one: Difference) -> str:
    """One difference: `nodes.dedicated: 1 -> 2`."""
    name = spoken(kind, one.path)
    if one.hidden:
        return f"{name}: {one.wanted}"
    if not one.shown or isinstance(one.wanted, (dict, list)) or isinstance(one.found, (dict, list)):
        if one.wanted is None:
            return f"{name} is no longer set"
        return f"{name} is added" if one.found is None else f"{name} differs"
    if not one.old:
        return f"{name} is now {_shown(one.path, one.wanted)}"
    return f"{name}: {_shown(one.path, one.found)} -> {_shown(one.path, one.wanted)}"


def spoken(kind: str, path: str) -> str:
    """The spec's name for a path of the SDK's attributes; where it has none, the path."""
    for own, name in _OWN.items():
        if path.endswith(own):
            return path.removesuffix(own) + name
    names = _names(kind) | _AUTOSCALE
    for field in names:
        if path == field or path.startswith((f"{field}.", f"{field}[")):
            return names[field] + path[len(field) :]
    return path


def listed(items: Sequence[str], most: int = 5) -> str:
    """The first of them in words: "a", "b" and 7 more."""
    quoted = ", ".join(f'"{item}"' for item in items[:most])
    return quoted if len(items) <= most else f"{quoted} and {len(items) - most:,} more"


def still_used(jobs: Sequence[str]) -> str:
    """Why a pool stays: these jobs."""
    if len(jobs) == 1:
        return f'job "{jobs[0]}" still uses it'
    return f'job "{jobs[0]}" and {len(jobs) - 1:,} more still use it'


def left_over(left: Sequence[Left], most: int = 5) -> Iterator[str]:
    """What else is live of a spec, in sentences; the last says how it goes."""
    for one in left[:most]:
        nodes = f", with {one.nodes:,} node{'s' * (one.nodes != 1)}" if one.nodes else ""
        yield f"{one.kind} {one.id} is still there{nodes}: {MADE_BEFORE}"
    if len(left) > most:
        yield f"{len(left) - most:,} more of this spec are still there"
    if left:
        yield '"batchspec destroy" with what it was made from removes it; "batchspec gc" lists what is unused for long'


MADE_BEFORE = "the spec made it with other parameters, or before it was changed"


def ends_first(running: int, where: str = "") -> str:
    """What becomes of so many running tasks before their pool can go or they can go to another."""
    if running == 1:
        return f"1 task is running{where}, and comes to an end first, or with --force is queued again"
    return f"{running:,} tasks are running{where}, and come to an end first, or with --force are queued again"


@cache
def _names(kind: str) -> dict[str, str]:
    """The spec's names by the fields they compile to, the longest first."""
    found = {field: name for field, name in _fields(_TABLES[kind], "", "") if field != name}
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _fields(table: type[Bound], field: str, name: str) -> Iterator[tuple[str, str]]:
    for key, row in table.rows.items():
        if key == "run":  # it travels in a setting of its own, see _OWN; the command line is that of `command`
            continue
        here = f"{name}.{key}" if name else key
        # Nodes are a mapping of ours: its keys are fields of the pool.
        path = row.field or (key if row.native else "")
        above = field if key != "nodes" else ""
        if path and key != "nodes":
            yield f"{above}.{path}" if above else path, here
        if isinstance(row.shape, Table) and (path or row.native) and name.count(".") < 3:
            inside = "" if key == "nodes" else (f"{above}.{path}" if above else path)
            yield from _fields(row.shape.model, inside, here)


def _shown(path: str, value: Any) -> str:
    if value is None:
        return "nothing"
    length = durations.parse(value) if path.rpartition(".")[2] in LENGTHS else None
    if length is not None:
        return "no limit" if value == NO_LIMIT else durations.show(length)
    text = one_line(str(value).lower() if isinstance(value, bool) else str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
