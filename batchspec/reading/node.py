"""The positioned tree. Nodes are values: nobody changes one after it was made.

    Node
    +-- Scalar     None, bool, int, float or str
    +-- Sequence   items
    +-- Mapping    keys and values, by the key's text

A node keeps offsets; lines and columns are worked out only for a finding. The classes are no dataclasses: a big file
has hundreds of thousands of nodes, and these are made in two thirds of the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from batchspec.source import SourceFile, Span


class Node:
    """A place in a file; offsets in characters, the end exclusive."""

    __slots__ = ("end", "file", "start")

    def __init__(self, file: SourceFile, start: int, end: int) -> None:
        self.file = file
        self.start = start
        self.end = end

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.file.span(self.start, self.end)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.file.path!r}, {self.start}, {self.end}, {plain(self)!r})"


class Scalar(Node):
    """A single value; secret when the caller's environment went into it."""

    __slots__ = ("secret", "value")

    def __init__(
        self, file: SourceFile, start: int, end: int, value: bool | float | str | None, secret: bool = False
    ) -> None:
        self.file = file
        self.start = start
        self.end = end
        self.value = value
        self.secret = secret


class Sequence(Node):
    """A list of nodes."""

    __slots__ = ("items",)

    def __init__(self, file: SourceFile, start: int, end: int, items: list[Node] | None = None) -> None:
        self.file = file
        self.start = start
        self.end = end
        self.items: list[Node] = [] if items is None else items


class _InText:
    """The keys of a mapping that stands in the text as it is; they are looked for when they are asked for."""


IN_TEXT = _InText()
_TO_KEY = re.compile(r"(?:[ \r\n,{]+|#[^\n]*)*")


class Mapping(Node):
    """Keys and values, in the order of the text; keys that are not given stand where the mapping begins."""

    __slots__ = ("_keys", "values")

    def __init__(
        self,
        file: SourceFile,
        start: int,
        end: int,
        keys: dict[str, Scalar] | _InText | None = None,
        values: dict[str, Node] | None = None,
    ) -> None:
        self.file = file
        self.start = start
        self.end = end
        self._keys = keys
        self.values: dict[str, Node] = {} if values is None else values

    @property
    def keys(self) -> dict[str, Scalar]:
        """The keys as nodes, by their texts."""
        if isinstance(self._keys, dict):
            return self._keys
        if self._keys is None:
            made = {name: Scalar(self.file, self.start, self.start, name) for name in self.values}
        else:
            made = self._in_text()
        self._keys = made
        return made

    def _in_text(self) -> dict[str, Scalar]:
        """The keys, each behind the value before it."""
        text, before = self.file.text, self.start
        made: dict[str, Scalar] = {}
        for name, value in self.values.items():
            match = _TO_KEY.match(text, before)
            start = match.end() if match else before
            end = start + len(name) + (2 if text[start] in "\"'" else 0)
            made[name] = Scalar(self.file, start, end, name)
            before = value.end
        return made

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        return self.values.get(key)

    def put(self, key: str, value: Node | None) -> Mapping:
        """The mapping with another value of a key, or without the key."""
        keys = {name: text for name, text in self.keys.items() if name != key or value is not None}
        values = {name: node for name, node in self.values.items() if name != key}
        if value is not None:
            keys.setdefault(key, Scalar(self.file, value.start, value.start, key))
            values[key] = value
        return Mapping(self.file, self.start, self.end, keys, values)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Keys with their values."""
        return iter(self.values.items())


def plain(node: Node) -> Any:
    """The node's value as Python's own dict, list and scalars."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.values.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value


def find(root: Node, path: list[str | int]) -> Node:
    """The node at a path of keys and indices; the deepest one there is when the path goes on."""
    node = root
    for step in path:
        if isinstance(node, Mapping) and step in node.values:
            node = node.values[str(step)]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node
