"""Many requests at a time whose answers are wanted in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from batchspec.run.crew import Done, crew
from batchspec.run.events import Event
from batchspec.run.retry import Retry

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    items: Iterable[T], request: Callable[[T], R], what: Callable[[T], str], retry: Retry, workers: int
) -> Iterator[Done[T, R] | Event]:
    """Make the request of each item, at most `workers` at a time, and yield the answers in the order of the items.

    No more than twice as many items are taken before their turn, so that answers do not heap up. Otherwise as `crew`.
    """
    rest = enumerate(items)
    taken = deque(islice(rest, 2 * workers))
    early: dict[int, Done[T, R]] = {}
    turn = 0
    for step in crew(taken, lambda one, _check: request(one[1]), lambda one: what(one[1]), retry, workers):
        if not isinstance(step, Done):
            yield step
            continue
        place, item = step.item
        early[place] = Done(item, step.answer)
        while turn in early:
            yield early.pop(turn)
            turn += 1
            taken.extend(islice(rest, 1))
