"""One line of block style taken apart, whatever stands around it; for the quick way."""

from __future__ import annotations

from typing import Any

from batchspec.reading.words import Unsure, Words

# What stands before a value: the column of the first character, the columns of the dashes after the first one (None
# without any dash), the column of what follows the dashes, and the key.
Head = tuple[int, "tuple[int, ...] | None", int, "str | None"]
# Then what the value begins with when it is no scalar: a collection between brackets, a block scalar's header, or
# nothing; the scalar's value; and the columns where it begins and ends.
Line = tuple[int, "tuple[int, ...] | None", int, "str | None", "str | None", Any, int, int]

_MOST_DASHES = 64  # the exact way has a limit, too
NOTHING: Line = (-1, None, 0, None, "", None, 0, 0)  # the line holds no part of the tree
MARKER: Line = (-2, None, 0, None, "", None, 0, 0)  # a document begins


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
                at = len(before) + 1
                return self._whole(head, rest, at + 1, at)
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
        head = column, dashes, inner, key
        if key is not None:
            return self._whole(head, "", 0, inner + len(word))
        return self._whole(head, word, inner, (dashes[-1] if dashes else column) + 1)

    def _whole(self, head: Head, rest: str, at: int, before: int) -> Line | None:
        """The line with its value. at: the column of the rest; before: that in which an empty value stands."""
        column, dashes, inner, key = head
        word = rest.strip(" ")
        if not word or word[0] == "#":
            return column, dashes, inner, key, "", None, before, before
        if rest[0] == " ":
            at += len(rest) - len(rest.lstrip(" "))
        if word[0] in "[{|>":
            return column, dashes, inner, key, word, None, at, at
        made = self._words.in_block(word)
        return None if made is None else (column, dashes, inner, key, None, made[0], at, at + made[1])


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
