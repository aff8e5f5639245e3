"""Threads that hold nobody up."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from batchspec.emulator.engine.threads import Threads


def test_work_gives_what_it_returns_or_raises() -> None:
    async def main() -> None:
        threads = Threads(2, "test")
        works = [partial(pow, number, 2) for number in range(10)]
        assert await asyncio.gather(*map(threads.run, works)) == [number**2 for number in range(10)]
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)
        threads.close()

    asyncio.run(main())


def test_no_more_of_them_work_than_there_may_be() -> None:
    async def main() -> None:
        threads = Threads(2, "few")
        seen = [await threads.run(lambda: threading.current_thread().name) for _ in range(5)]
        assert seen == ["few"] * 5
        assert sum(thread.name == "few" for thread in threading.enumerate()) == 2
        threads.close()

    asyncio.run(main())


def test_work_that_outlasts_everything_keeps_nothing_from_ending() -> None:
    gate = threading.Event()

    async def main() -> threading.Thread:
        threads = Threads(1, "held")
        threads.run(gate.wait)
        threads.close()
        (thread,) = (thread for thread in threading.enumerate() if thread.name == "held")
        return thread

    thread = asyncio.run(main())
    assert thread.daemon
    gate.set()  # and its result finds no loop any more
    thread.join()
