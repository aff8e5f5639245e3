"""What each list may be filtered by.

The facts are those of Microsoft's "OData filters in Azure Batch": per list, each property with its type and
the operators that it allows. Text of an enumeration is compared whatever its letter case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batchspec.emulator.wire.errors import query_error
from batchspec.emulator.wire.odata.ast import OPERATORS, And, Compare, Filter, Not, Or, StartsWith, Time
from batchspec.emulator.wire.odata.parse import FilterError, parse_filter

_EQUALITY = ("eq", "ne")


@dataclass(frozen=True)
class Property:
    """A property that a list can be filtered by: its type, and what may be asked about it."""

    kind: type
    operators: tuple[str, ...] = OPERATORS
    fold: bool = False


ID = Property(str, (*OPERATORS, "startswith"))
PREFIX = Property(str, ("startswith",))
NAME = Property(str, ("eq",))
TEXT = Property(str, _EQUALITY)
ENUM = Property(str, _EQUALITY, fold=True)
STATE = Property(str, ("eq",), fold=True)
FLAG = Property(bool, _EQUALITY)
NUMBER = Property(int)
TIME = Property(Time)

Properties = Mapping[str, Property]

_TRANSITION: Properties = {"state": ENUM, "stateTransitionTime": TIME}
_ENTITY: Properties = {"id": ID, **_TRANSITION, "creationTime": TIME, "lastModified": TIME}

POOLS: Properties = {
    **_ENTITY,
    "allocationState": ENUM,
    "allocationStateTransitionTime": TIME,
    "enableAutoScale": FLAG,
    "enableInterNodeCommunication": FLAG,
    "vmSize": ID,
}
JOBS: Properties = {
    **_ENTITY,
    "executionInfo/startTime": TIME,
    "executionInfo/endTime": TIME,
    "executionInfo/poolId": ID,
}
JOBS_OF_SCHEDULE: Properties = {name: kind for name, kind in JOBS.items() if name != "id"}
SCHEDULES: Properties = {
    **_ENTITY,
    "executionInfo/endTime": TIME,
    "schedule/doNotRunUntil": TIME,
    "schedule/doNotRunAfter": TIME,
}
TASKS: Properties = {
    **_ENTITY,
    "executionInfo/startTime": TIME,
    "executionInfo/endTime": TIME,
    "executionInfo/exitCode": NUMBER,
    "executionInfo/result": ENUM,
}
NODES: Properties = {
    **_TRANSITION,
    "lastBootTime": TIME,
    "allocationTime": TIME,
    "startTaskInfo/state": STATE,
    "startTaskInfo/result": ENUM,
    "startTaskInfo/exitCode": NUMBER,
    "startTaskInfo/startTime": TIME,
    "startTaskInfo/endTime": TIME,
}
PREPARATION_AND_RELEASE: Properties = {
    "poolId": ID,
    "nodeId": ID,
    **{
        f"{task}ExecutionInfo/{name}": kind
        for task in ("jobPreparationTask", "jobReleaseTask")
        for name, kind in (
            ("state", ENUM),
            ("startTime", TIME),
            ("endTime", TIME),
            ("exitCode", NUMBER),
            ("result", ENUM),
        )
    },
}
NODE_COUNTS: Properties = {"poolId": NAME}
IMAGES: Properties = {"osType": ENUM, "verificationType": ENUM, "nodeAgentSKUId": TEXT}
FILES: Properties = {"name": PREFIX}


def read_filter(text: str, properties: Properties) -> Filter:
    """The filter of a request, checked against what the list allows; raises the service's refusal."""
    try:
        return _check(parse_filter(text), properties)
    except FilterError as error:
        raise query_error("InvalidQueryParameterValue", "$filter", text, str(error)) from None


def _check(item: Filter, properties: Properties) -> Filter:
    if isinstance(item, Not):
        return Not(_check(item.item, properties))
    if isinstance(item, (And, Or)):
        return type(item)(tuple(_check(part, properties) for part in item.items))
    known = properties.get(item.path)
    if known is None:
        raise FilterError(f"'{item.path}' cannot be filtered by; {', '.join(sorted(properties))} can")
    op = "startswith" if isinstance(item, StartsWith) else item.op
    if op not in known.operators:
        raise FilterError(f"'{item.path}' allows {', '.join(known.operators)}, not {op}")
    if isinstance(item, StartsWith):
        return item
    if not _fits(item.value, known.kind):
        raise FilterError(f"'{item.path}' cannot be compared with a value of that type")
    if known.fold and isinstance(item.value, str):
        return Compare(item.path, item.op, item.value.lower())
    return item


def _fits(value: object, kind: type) -> bool:
    if value is None:
        return True
    if kind is int:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind)


def conjunct(item: Filter | None, path: str, *operators: str) -> Compare | None:
    """A comparison of `path` that must hold for the whole filter to hold: what an index can be asked for."""
    parts = item.items if isinstance(item, And) else (item,)
    for part in parts:
        if isinstance(part, Compare) and part.path == path and part.op in operators:
            return part
    return None
