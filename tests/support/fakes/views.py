"""Views of what is held: changed as a patch changes them, and only when the ETag is the one that was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from batchspec.errors import PreconditionFailed
from batchspec.ports import JobView, PoolView, ScheduleView

View = TypeVar("View", PoolView, JobView, ScheduleView)


def metadata(found: Mapping[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in found.get("metadata") or ()}


def match(view: View, etag: str | None) -> None:
    if etag is not None and etag != view.etag:
        raise PreconditionFailed("changed", code="ConditionNotMet", status=412)


def patched(view: View, changes: Mapping[str, Any], etag: str | None) -> View:
    match(view, etag)
    body = {**view.body, **changes}
    return replace(view, body=body, metadata=metadata(body), etag=str(int(view.etag) + 1))
