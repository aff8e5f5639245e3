"""One line of block style taken apart, whatever stands around it; for the quick way."""

from __future__ import annotations

from batchspec.load.node import Scalar
from batchspec.load.words import Unsure, Words

# What stands before a value: the column of the first character, the columns of the dashes after the first one (None
# without any dash), the column of what follows the dashes, and the key.
Head = tuple[int, "tuple[int, ...] | None", int, "str | None"]
# A value is a scalar or a text: a collection between brackets, a block scalar's header, or nothing.
Line = tuple[int, "tuple[int, ...] | None", int, "str | None", "Scalar | str"]

_MOST_DASHES = 64  # the exact way has a limit, too
NOTHING: Line = (-1, None, 0, None, "")  # the line holds no part of the tree
MARKER: Line = (-2, None, 0, None, "")  # a document begins


class Lines:
    """The lines of one file, outside block scalars. Many are alike, and those that are not have like heads."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._heads: dict[str, Head | None] = {}

    def take_apart(self, line: str) -> Line | None:
        """What a line is; None when not sure."""
        before, colon, rest = line.partition(": ")
        if colon:
            if before in self._heads:
                head = self._heads[before]
            else:
                head = self._heads[before] = self._head(before)
            if head is not None:
                value = self._value(rest.strip(" "))
                return None if value is None else (*head, value)
        return self._without_colon(line)

    def opening(self, line: str) -> tuple[str, bool]:
        """The quote with which a line's value begins, if any, and whether a key stands before it."""
        before, colon, rest = line.partition(": ")
        has_key = bool(colon) and self._heads.get(before) is not None
        word = rest.lstrip(" ") if has_key else _dashes(line)[3]
        return (word[0] if word[:1] in ('"', "'") else ""), has_key

    def _head(self, before: str) -> Head | None:
        """What stands before the colon, when it ends with a key."""
        column, dashes, inner, word = _dashes(before)
        key = self._words.key(word)
        return None if key is None else (column, dashes, inner, key)

    def _without_colon(self, line: str) -> Line | None:
        """A line that has no value after a key."""
        body = line.strip(" ")
        if not body or body[0] == "#":
            return NOTHING
        if line.startswith("---"):
            return MARKER if body == "---" or line.startswith("--- #") else None
        column, dashes, inner, word = _dashes(line.rstrip(" "))
        key = self._words.key(word[:-1]) if word[-1:] == ":" else None
        if key is None and dashes is None:
            return None
        value = self._value("" if key is not None else word)
        return None if value is None else (column, dashes, inner, key, value)

    def _value(self, rest: str) -> Scalar | str | None:
        if not rest or rest[0] == "#":
            return ""
        return rest if rest[0] in "[{|>" else self._words.in_block(rest)


def _dashes(text: str) -> tuple[int, tuple[int, ...] | None, int, str]:
    """Columns of the text, of its dashes after the first one and of what follows them; and that."""
    body = text.lstrip(" ")
    column = inner = len(text) - len(body)
    dashes: tuple[int, ...] | None = None
    while body == "-" or body.startswith("- "):
        dashes = () if dashes is None else (*dashes, inner)
        if len(dashes) > _MOST_DASHES:
            raise Unsure
        rest = body[1:].lstrip(" ")
        inner, body = inner + len(body) - len(rest), rest
    return column, dashes, inner, body
