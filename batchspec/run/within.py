"""The time that an apply or a wait is given: nothing that it waits for lets it go on beyond.

It is counted by this machine's monotonic clock: neither the service's clock nor a correction of ours moves its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from batchspec.errors import OutOfTime
from batchspec.ports import Clock

_UP = "time is up"


@dataclass(frozen=True)
class Within:
    """A clock that nobody sleeps by after its end. Whoever waits looks once more at the end, and is told then."""

    clock: Clock
    end: float

    def now(self) -> datetime:
        """The time in UTC, aware."""
        return self.clock.now()

    def monotonic(self) -> float:
        """Seconds from some start."""
        return self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the end. Raises OutOfTime when that has come."""
        left = self.end - self.clock.monotonic()
        if left <= 0.0:
            raise OutOfTime(_UP)
        self.clock.sleep(min(seconds, left))


def within(clock: Clock, seconds: float | None) -> Clock:
    """The clock for something that may take so long from now on; None: as long as it takes."""
    return clock if seconds is None else Within(clock, clock.monotonic() + seconds)


@contextmanager
def awaiting(what: str) -> Iterator[None]:
    """Say what was not done when there is no more time, where nobody within has said more."""
    try:
        yield
    except OutOfTime as late:
        raise (OutOfTime(f"{_UP}: {what}") if late.message == _UP else late) from None
