from __future__ import annotations

import threading
from collections.abc import Iterator

from hypothesis import given, strategies as st

from batchspec.errors import Busy
from batchspec.run.crew import Done
from batchspec.run.in_order import in_order
from batchspec.run.retry import Retry
from tests.support.fakes import FakeClock


@given(st.integers(0, 30), st.integers(1, 4), st.sets(st.integers(0, 30)))
def test_answers_come_in_order_and_nobody_runs_far_ahead(count: int, workers: int, busy: set[int]) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(count):
            taken = item + 1
            yield item

    def request(item: int) -> int:
        if item in busy:
            busy.discard(item)
            raise Busy("busy")
        return -item

    answers: list[tuple[int, int]] = []
    for step in in_order(items(), request, str, Retry(FakeClock(), lambda: 0.5), workers):
        if isinstance(step, Done):
            assert taken <= len(answers) + 2 * workers
            answers.append((step.item, step.answer))

    assert answers == [(item, -item) for item in range(count)]


def test_an_answer_that_comes_late_holds_up_no_other_request() -> None:
    others = threading.Semaphore(0)

    def request(item: int) -> int:
        if item:
            others.release()
        else:
            assert all(others.acquire(timeout=10) for _ in range(3))
        return item

    steps = in_order(range(4), request, str, Retry(FakeClock(), lambda: 0.5), 2)

    assert [step.item for step in steps if isinstance(step, Done)] == [0, 1, 2, 3]
