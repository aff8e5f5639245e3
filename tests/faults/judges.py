"""Which request meets a fault."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from tests.faults.proxy import Judge, Request


def kth(k: int, kind: str) -> Judge:
    """The k-th request; of those that are made again and again, such as the polls of a watch, the first two count."""
    seen = count(1)

    def judge(request: Request) -> str | None:
        return kind if request.occurrence <= 2 and next(seen) == k else None

    return judge


def lost(k: int) -> Judge:
    """The answer to the k-th of those that may change something never comes."""
    return lambda request: "lost" if request.change == k else None


def before(k: int) -> Judge:
    """Whoever makes the k-th request is killed, and the service never sees it."""
    return lambda request: "kill before" if request.number == k else None


def after(k: int) -> Judge:
    """Of the requests that may change something the k-th is carried out; whoever made it is killed, not answered.

    Of the others it would be the same as before the next.
    """
    return lambda request: "kill after" if request.change == k else None


def failures() -> Iterator[tuple[int, str]]:
    """First nothing; then for each k that the k-th request is refused, not answered, and done but not answered.

    Of the ways to refuse and not to answer the requests take turns.
    """
    yield 0, ""
    for k in count(1):
        yield k, ("503", "429")[k % 2]
        yield k, ("reset", "timeout")[k % 2]
        yield k, "lost"
