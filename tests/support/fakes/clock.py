"""Time that jumps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)


class FakeClock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 0.0
        self.listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.time)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        if not seconds:
            return
        steps = max(1, min(50, round(seconds / 0.1)))
        for _ in range(steps):
            self.time += max(seconds, 0.001) / steps
            for listener in self.listeners:
                listener()
