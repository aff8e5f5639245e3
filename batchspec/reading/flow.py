"""Collections between brackets on one line, for the quick way."""

from __future__ import annotations

import re

from batchspec.reading.node import IN_TEXT, Mapping, Node, Sequence
from batchspec.reading.words import DOUBLE, IN_FLOW, SINGLE, Unsure, Words

_DEEPEST = 8
_WORD = re.compile(rf"{IN_FLOW}|{DOUBLE}|{SINGLE}", re.ASCII)
_END = re.compile(r" *(?: #.*)?")


def flow(text: str, start: int, words: Words) -> Node | None:
    """The collection that a line's rest is, with nothing after it but a comment; None when not sure."""
    made = _list(text, start, words) if text[0] == "[" else _table(text, start, words)
    if made is not None:
        return made
    try:
        node, at = _Flow(text, start, words).collection(0, 1)
    except (Unsure, IndexError):
        return None
    return node if _END.fullmatch(text, at) else None


def _list(text: str, start: int, words: Words) -> Sequence | None:
    """The usual: words and nothing else. Where ", " stood in quotes, the halves are no words."""
    items = words.all_in_flow(text[1:-1].split(", "), start + 1) if text[-1] == "]" else None
    return None if items is None else Sequence(words.file, start, start + len(text), items)


def _table(text: str, start: int, words: Words) -> Mapping | None:
    values: dict[str, Node] = {}
    if text[-1] != "}":
        return None
    at = start + 1
    for pair in text[1:-1].split(", "):
        head, _, raw = pair.partition(": ")
        key, value = words.key(head), words.in_flow(raw, at + len(head) + 2)
        if key is None or value is None or key in values:
            return None
        values[key] = value
        at += len(pair) + 2
    return Mapping(words.file, start, start + len(text), IN_TEXT, values)


class _Flow:
    """A text and the place in it, which only goes forward. Raises Unsure or IndexError where it does not go on."""

    def __init__(self, text: str, start: int, words: Words) -> None:
        self.text = text
        self.start = start  # of the text in the file
        self.words = words

    def collection(self, at: int, depth: int) -> tuple[Node, int]:
        """The collection that begins here, and where it has ended."""
        if depth > _DEEPEST:
            raise Unsure
        return self._sequence(at + 1, depth) if self.text[at] == "[" else self._mapping(at + 1, depth)

    def _sequence(self, at: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        start, at = self.start + at - 1, self._spaces(at)
        while self.text[at] != "]":
            item, at = self._value(at, depth)
            items.append(item)
            at = self._comma(at, "]")
        return Sequence(self.words.file, start, self.start + at + 1, items), at + 1

    def _mapping(self, at: int, depth: int) -> tuple[Node, int]:
        values: dict[str, Node] = {}
        start, at = self.start + at - 1, self._spaces(at)
        while self.text[at] != "}":
            raw, at = self._word(at)
            key = self.words.key(raw)
            if key is None or key in values or self.text[at : at + 2] != ": ":
                raise Unsure
            values[key], at = self._value(self._spaces(at + 1), depth)
            at = self._comma(at, "}")
        return Mapping(self.words.file, start, self.start + at + 1, IN_TEXT, values), at + 1

    def _value(self, at: int, depth: int) -> tuple[Node, int]:
        if self.text[at] in "[{":
            return self.collection(at, depth + 1)
        raw, end = self._word(at)
        value = self.words.in_flow(raw, self.start + at)
        if value is None:
            raise Unsure
        return value, end

    def _word(self, at: int) -> tuple[str, int]:
        match = _WORD.match(self.text, at)
        if match is None:
            raise Unsure
        return match[0], match.end()

    def _comma(self, at: int, close: str) -> int:
        """Past the comma, and to what follows it; or to the closing bracket."""
        at = self._spaces(at)
        if self.text[at] == close:
            return at
        if self.text[at] != ",":
            raise Unsure
        return self._spaces(at + 1)

    def _spaces(self, at: int) -> int:
        while self.text[at] == " ":
            at += 1
        return at
