"""Time stamps in the service's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def moment(text: str | None) -> datetime | None:
    """A time stamp, to the second: such as 2026-01-01T00:09:00.1234567Z, which has more digits than Python reads."""
    return datetime.fromisoformat(f"{text[:19]}+00:00") if text else None


def lasted(body: Mapping[str, Any]) -> float | None:
    """The seconds from a job's beginning to its end; None while it has not ended."""
    told = body.get("executionInfo") or {}
    begun, ended = moment(told.get("startTime")), moment(told.get("endTime"))
    return None if begun is None or ended is None else (ended - begun).total_seconds()
