"""The clock of the engine: real time, or a time that runs faster and can be made to jump.

All deadlines of the engine follow it: times of job schedules, time limits of jobs and of tasks, how long the files of a
task are kept, intervals of autoscale. All times that the Batch service shows of its resources are read from it, too.

Real time stays what is between this machine and others: when a request was signed, when a SAS ends, the `Date` of an
answer (`wall` in `server.py`, with its `--clock-skew`), the seconds between SIGTERM and SIGKILL, and how long a
transfer may take.

A time limit of a process is a deadline like all others: with a rate of 60, a task with `maxWallClockTime` PT1M is
ended after one second. That agrees with the start and end times that the service shows of it; whoever lets the clock
run fast must give limits that leave real programs their time.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """`source` is the real time in UNIX seconds. Used on one thread."""

    def __init__(self, rate: float = 1.0, *, source: Callable[[], float] = time.time) -> None:
        if not 0 < rate < float("inf"):
            raise ValueError(f"a clock does not run at a rate of {rate}")
        self.rate = rate
        self.real = source
        self._began = self._epoch = source()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        """UNIX seconds, as this clock has them."""
        return self._epoch + (self.real() - self._began) * self.rate

    @property
    def is_real(self) -> bool:
        """Whether it never was anything but the real time."""
        return self.rate == 1.0 and self._epoch == self._began

    def until(self, when: float) -> float:
        """The real seconds until this clock shows `when`; 0 when it has."""
        return max(when - self.now(), 0.0) / self.rate

    def advance(self, seconds: float) -> None:
        """Let so many seconds have passed at once, and tell who waits for a time."""
        if seconds < 0:
            raise ValueError("a clock does not go back")
        self._epoch += seconds
        for listener in tuple(self._listeners):
            listener()

    def catch_up(self, when: float) -> None:
        """Not to be behind `when`: an engine that ran ahead of the real time goes on from where it was."""
        self._epoch += max(when - self.now(), 0.0)

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each jump."""
        self._listeners.append(listener)
