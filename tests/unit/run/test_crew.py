from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import pytest

from batchspec.errors import Busy, NotFound
from batchspec.run.crew import Check, Done, Stopped, _Room, crew
from batchspec.run.events import Event, Waiting
from batchspec.run.retry import Retry
from tests.support.fakes import FakeClock


def policy() -> Retry:
    return Retry(FakeClock(), lambda: 0.5)


def test_no_more_than_the_workers_work_at_a_time() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def request(item: int, _check: Callable[[], None]) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        with lock:
            now -= 1
        return item

    done = [step.item for step in crew(deque(range(50)), request, str, policy(), 3) if isinstance(step, Done)]

    assert sorted(done) == list(range(50))
    assert most <= 3


def test_an_item_that_is_busy_is_asked_for_again_while_the_others_go_on() -> None:
    failed: set[int] = set()

    def request(item: int, _check: Callable[[], None]) -> int:
        if item % 2 and item not in failed:
            failed.add(item)
            raise Busy("busy")
        return item

    steps = list(crew(deque(range(10)), request, str, policy(), 2))

    assert sorted(step.item for step in steps if isinstance(step, Done)) == list(range(10))
    assert sorted(step.what for step in steps if isinstance(step, Waiting)) == ["1", "3", "5", "7", "9"]


def test_what_cannot_be_mended_is_raised_and_the_others_are_told_to_stop() -> None:
    began, ended = threading.Event(), []

    def request(item: str, check: Callable[[], None]) -> None:
        if item == "bad":
            began.wait(10)
            raise NotFound("no")
        began.set()
        try:
            while True:
                check()
        except Stopped:
            ended.append(item)

    with pytest.raises(NotFound):
        list(crew(deque(["long", "bad"]), request, str, policy(), 2))

    assert ended == ["long"]


def test_more_items_may_be_added_while_it_works() -> None:
    items = deque([3])

    done = []
    for step in crew(items, lambda item, _check: item, str, policy(), 2):
        assert isinstance(step, Done)
        done.append(step.item)
        if step.item:
            items.append(step.item - 1)

    assert done == [3, 2, 1, 0]


def test_a_refusal_halves_what_is_under_way_and_answers_bring_it_back_one_by_one() -> None:
    room, seen = _Room(8), []

    for refused in (True, True, True, True, False, False, False, True):
        room.refused() if refused else room.answered()
        seen.append(room.now)

    assert seen == [4, 2, 1, 1, 2, 2, 3, 1]
    for _ in range(100):
        room.answered()
    assert room.now == 8


def test_how_far_a_request_is_comes_before_its_answer() -> None:
    def request(item: str, check: Check) -> str:
        for so_far in (0, 4, 8):
            check(so_far)
        return item

    def tell(item: str, so_far: int) -> list[Event]:
        return [Waiting(item, so_far, "")]

    steps = list(crew(deque("a"), request, str, policy(), 2, tell))

    assert steps == [Waiting("a", 4, ""), Waiting("a", 8, ""), Done("a", "a")]
