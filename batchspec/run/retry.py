"""The one retry policy.

    Busy         the service says so: wait as long as it asks, else back off; up to `patience`
    Unreachable  no answer: the request may have been carried out, so only requests that may be made twice
                 come here; up to `reach`, and only up to `first` before the service has ever answered
    all else     will not change by asking again, and is raised

Whoever adds something looks first whether it is there, and looks again after a Conflict: that is how an add
whose answer was lost is known from one that came too late.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from batchspec.errors import Busy, ServiceError, Unreachable
from batchspec.ports import Clock
from batchspec.run.events import Waiting
from batchspec.run.within import awaiting

T = TypeVar("T")

_BASE = 0.5  # seconds; doubled for every failure in a row
_CAP = 30.0


@dataclass(frozen=True)
class Patience:
    """For how long we go on asking for one thing, in seconds."""

    busy: float = 300.0
    reach: float = 60.0
    first: float = 3.0


@dataclass
class Attempts:
    """The failures so far of one request."""

    started: float
    failures: int = 0


@dataclass
class Retry:
    """Decides how long to wait after a failure. jitter: a number from 0 to 1, drawn anew each time."""

    clock: Clock
    jitter: Callable[[], float]
    patience: Patience = field(default_factory=Patience)
    answered: bool = False

    def begin(self) -> Attempts:
        """The record of a request that is about to be made."""
        return Attempts(self.clock.monotonic())

    def delay(self, attempts: Attempts, error: ServiceError) -> float:
        """Seconds to wait before the next attempt. Raises the error when there shall be none."""
        if isinstance(error, Busy):
            self.answered, limit = True, self.patience.busy
        elif isinstance(error, Unreachable):
            limit = self.patience.reach if self.answered else self.patience.first
        else:
            raise error
        attempts.failures += 1
        backoff = self.jitter() * min(_CAP, _BASE * 2.0 ** min(attempts.failures, 10))
        # A moment on top of what the service asks for: else all who were told the same come back at once.
        delay = backoff if error.retry_after is None else error.retry_after + self.jitter()
        if self.clock.monotonic() - attempts.started + delay > limit:
            raise error
        return delay

    def ask(self, what: str, request: Callable[[], T]) -> Generator[Waiting, None, T]:
        """The answer to a request that may be made more than once; tells of every wait."""
        attempts = self.begin()
        while isinstance(answer := _once(request), (Busy, Unreachable)):
            delay = self.delay(attempts, answer)
            yield Waiting(what, delay, answer.message)
            with awaiting(f"{what}: {answer.message}"):
                self.clock.sleep(delay)
        self.answered = True
        return answer

    def each(self, what: str, listing: Callable[[], Iterable[T]]) -> Generator[Waiting | T, None, None]:
        """The entries of a listing as they come, and every wait; after a wait they come again from the first."""
        attempts = self.begin()
        while True:
            entries = _started(listing)
            while not isinstance(entry := _once(lambda: next(entries, _END)), (Busy, Unreachable)):  # noqa: B023
                self.answered = True
                if isinstance(entry, _End):
                    return
                yield entry
            delay = self.delay(attempts, entry)
            yield Waiting(what, delay, entry.message)
            with awaiting(f"{what}: {entry.message}"):
                self.clock.sleep(delay)


def _started(listing: Callable[[], Iterable[T]]) -> Iterator[T]:
    """The same entries; the request is made when the first is asked for."""
    yield from listing()


class _End:
    """Follows the last entry."""


_END = _End()


def _once(request: Callable[[], T]) -> T | Busy | Unreachable:
    try:
        return request()
    except (Busy, Unreachable) as error:
        return error


def retrying(clock: Clock) -> Retry:
    """The policy as it is used outside of tests."""
    return Retry(clock, random.random)


_Hears = Callable[[Waiting], object]
_hears: ContextVar[_Hears] = ContextVar("hears")


@contextmanager
def heard(hears: _Hears) -> Iterator[None]:
    """Within the block, this function hears of the waits of those who tell nothing else on the way."""
    token = _hears.set(hears)
    try:
        yield
    finally:
        _hears.reset(token)


def quietly(steps: Generator[Any, None, T]) -> T:
    """What the generator returns; its events are dropped, but `heard` is told of its waits."""
    hears = _hears.get(None)
    try:
        while True:
            event = next(steps)
            if hears is not None and isinstance(event, Waiting):
                hears(event)
    except StopIteration as end:
        return cast("T", end.value)
