"""Threads for what may take long: unlike those of an executor, none of them can keep the process from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """At most so many, each started when there is work for it."""

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._orders: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._started = 0

    def run(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What it returns or raises, on the running event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def order() -> None:
            result: Any = None
            problem: BaseException | None = None
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - the future raises it
                problem = error
            with suppress(RuntimeError):  # the loop was closed: nobody waits for it any more
                loop.call_soon_threadsafe(_settle, future, result, problem)

        self._orders.put(order)
        if self._started < self._most:
            self._started += 1
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return future

    def close(self) -> None:
        """Let them end when they are done with what they do."""
        for _ in range(self._started):
            self._orders.put(None)
        self._started = 0

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            order()


def _settle(future: asyncio.Future[T], result: T, problem: BaseException | None) -> None:
    if future.done():
        return
    if problem is None:
        future.set_result(result)
    else:
        future.set_exception(problem)
