"""Many requests at a time, in a bounded pool of threads that the generator owns.

The threads only make requests, one attempt each; to wait, to ask again and to tell of it is done by the
thread that iterates. So nobody sleeps in a thread, and an interrupt has only requests in flight to wait for.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from queue import SimpleQueue
from threading import Event as Flag
from typing import Generic, Protocol, TypeVar

from batchspec.errors import Busy, Unreachable
from batchspec.run.events import Event, Waiting
from batchspec.run.retry import Attempts, Retry

WORKERS = 8  # requests at a time, where nothing else is known
ONE_BY_ONE = 20  # things that are asked for by name, one by one, rather than listed

T = TypeVar("T")
R = TypeVar("R")


class Stopped(Exception):
    """Raised inside a thread whose work nobody waits for any more."""


@dataclass(frozen=True)
class Done(Generic[T, R]):
    """An item and what its request answered."""

    item: T
    answer: R


class Check(Protocol):
    """What a request calls now and then. so_far: how far this attempt is, as something to tell of."""

    def __call__(self, so_far: int = 0) -> None:
        """Raises Stopped once the crew has been dismissed."""
        ...


def _silent(_item: object, _so_far: int) -> Iterable[Event]:
    return ()


def crew(
    items: deque[T],
    request: Callable[[T, Check], R],
    what: Callable[[T], str],
    retry: Retry,
    workers: int,
    tell: Callable[[T, int], Iterable[Event]] = _silent,
) -> Iterator[Done[T, R] | Event]:
    """Make the request of each item, at most `workers` at a time, and yield the answers as they come.

    A service that is busy, or cannot be reached, is asked less at a time for a while.

    items: consumed from the left; whoever iterates may add more. tell: what there is to tell of an item whose request
    is so far. Raises what a request does when the policy does not ask again, and what the clock does at its end.
    """
    stop = Flag()

    def check(item: T, so_far: int = 0) -> None:
        if stop.is_set():
            raise Stopped
        if so_far:
            landed.put((item, so_far))

    flying: dict[Future[R], tuple[T, Attempts]] = {}
    landed: SimpleQueue[Future[R] | tuple[T, int]] = SimpleQueue()
    later: list[tuple[float, int, T, Attempts]] = []
    order = count()
    room = _Room(workers)
    with ThreadPoolExecutor(workers) as pool:

        def start(item: T, attempts: Attempts) -> None:
            future = pool.submit(request, item, partial(check, item))
            flying[future] = (item, attempts)
            future.add_done_callback(landed.put)

        try:
            while items or flying or later:
                retry.clock.sleep(0.0)  # raises when there is no more time
                while later and len(flying) < room.now and later[0][0] <= retry.clock.monotonic():
                    _, _, item, attempts = heapq.heappop(later)
                    start(item, attempts)
                while items and len(flying) < room.now:
                    start(items.popleft(), retry.begin())
                if not flying:
                    retry.clock.sleep(max(0.0, later[0][0] - retry.clock.monotonic()))
                    continue
                future = landed.get()
                if isinstance(future, tuple):
                    yield from tell(*future)
                    continue
                item, attempts = flying.pop(future)
                try:
                    answer = future.result()
                except (Busy, Unreachable) as error:
                    room.refused()
                    delay = retry.delay(attempts, error)
                    heapq.heappush(later, (retry.clock.monotonic() + delay, next(order), item, attempts))
                    yield Waiting(what(item), delay, error.message)
                else:
                    room.answered()
                    retry.answered = True
                    yield Done(item, answer)
        finally:
            stop.set()


class _Room:
    """How many requests may be under way: half as many after a refusal, one more after as many answers as that."""

    def __init__(self, most: int) -> None:
        self.now = self._most = most
        self._answers = 0

    def refused(self) -> None:
        self.now, self._answers = max(1, self.now // 2), 0

    def answered(self) -> None:
        self._answers += 1
        if self._answers >= self.now and self.now < self._most:
            self.now, self._answers = self.now + 1, 0
