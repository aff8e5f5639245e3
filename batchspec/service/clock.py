"""Time as it is."""

from __future__ import annotations

import time
from datetime import datetime, timezone


class SystemClock:
    """The Clock of this machine."""

    def now(self) -> datetime:
        """The time in UTC, aware."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds from some start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
