"""A document is a table: member -> function of a record. `$select` picks rows, a filter looks into them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from batchspec.emulator.engine.records import Execution, Failure
from batchspec.emulator.wire.odata.ast import Lookup
from batchspec.emulator.wire.times import wire_time

Record = TypeVar("Record")
Context = TypeVar("Context")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+").fullmatch  # nearly all ids; quote costs ten times as much

Members = Mapping[str, Callable[[Record, Context], Any]]


def build(
    members: Members[Record, Context], record: Record, context: Context, select: Collection[str] | None
) -> dict[str, Any]:
    """The document of a record: all members or the selected ones, those without a value left out."""
    names = members if select is None else [name for name in members if name in select]
    document = {}
    for name in names:
        value = members[name](record, context)
        if value is not None:
            document[name] = value
    return document


def lookup(members: Members[Record, Context], record: Record, context: Context) -> Lookup:
    """The values of a record at `a/b` paths, computed one member at a time, for a filter."""

    def find(path: str) -> Any:
        name, *inner = path.split("/")
        value = members[name](record, context)
        for part in inner:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    return find


def present(document: Mapping[str, Any]) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in document.items() if value is not None}


def moment(seconds: float | None) -> str | None:
    """A time, when there is one."""
    return None if seconds is None else wire_time(seconds)


def segment(name: str) -> str:
    """A name as one segment of a URL."""
    return name if _PLAIN(name) else quote(name, safe=":")  # jobs of a schedule have a colon


def failure_info(failure: Failure | None) -> dict[str, Any] | None:
    """A TaskFailureInformation."""
    if failure is None:
        return None
    document: dict[str, Any] = {
        "category": failure.category.lower(),
        "code": failure.code,
        "message": failure.message,
    }
    if failure.details:
        document["details"] = [{"name": name, "value": value} for name, value in failure.details]
    return document


def execution(run: Execution) -> dict[str, Any]:
    """What start, job preparation and job release tasks have in common."""
    return present(
        {
            "state": run.state,
            "startTime": moment(run.start_time),
            "endTime": moment(run.end_time),
            "exitCode": run.exit_code,
            "failureInfo": failure_info(run.failure),
            "result": run.result,
        }
    )


def retries(run: Execution) -> dict[str, Any]:
    """The retries of a start or job preparation task."""
    return present({"retryCount": run.retry_count, "lastRetryTime": moment(run.last_retry_time)})
