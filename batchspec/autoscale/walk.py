"""Walking a tree without recursion: a generator yields a node and is sent what became of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias, TypeVar

from batchspec.autoscale.syntax import Node

T = TypeVar("T")
Visit: TypeAlias = Generator[Node, T, T]


def walk(root: Node, visit: Callable[[Node], Visit[T]]) -> T:
    """What `visit` makes of a tree, however deep it is; children are visited in the order they are asked for."""
    stack = [visit(root)]
    answer: T | None = None
    while True:
        try:
            child = stack[-1].send(answer)  # type: ignore[arg-type]  # the first thing sent to a generator is None
        except StopIteration as done:
            stack.pop()
            answer = done.value
            if not stack:
                return done.value  # type: ignore[no-any-return]
            continue
        stack.append(visit(child))
        answer = None
