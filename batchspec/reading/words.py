"""Single values on one line, for the quick way: those keys, plain and quoted scalars whose reading is beyond doubt.

Narrower than YAML on purpose: None is always the answer "not sure", and then the exact way takes the file.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from batchspec.reading.node import Node, Scalar
from batchspec.reading.scalars import resolve
from batchspec.source import SourceFile

Word = tuple[Any, int]  # a value, and how many characters it takes

DOUBLE = r'"[^"\\]*(?:\\.[^"\\]*)*"'
SINGLE = r"'[^']*(?:''[^']*)*'"
# A plain scalar between brackets; what the versions of libyaml have not always read alike is left out.
IN_FLOW = (
    r"(?:[A-Za-z0-9_/.$~+=\u00a0-\U0010ffff]|-[\w./$\-])(?:[^\[\]{},?:#\"' ]|:(?=[\w/.\-$])| (?=[^\[\]{},?:#\"' ]))*"
)
_KEY = re.compile(r"[A-Za-z_][\w.\-/]{0,200}|\"[^\"\\]{0,200}\"|'[^']{0,200}'", re.ASCII)
_QUOTED = re.compile(rf"({DOUBLE}|{SINGLE})(?: +#.*)?")
_FLOW = re.compile(rf"{IN_FLOW}|{DOUBLE}|{SINGLE}", re.ASCII)
# The first character of a plain scalar in a block. A minus must be followed by one of these, or by a minus.
_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.$~+=(<^;\\")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {
    '"': '"', "\\": "\\", "/": "/", " ": " ", "n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "e": "\x1b",
    "f": "\f", "v": "\v", "_": "\xa0", "N": "\x85", "L": "\u2028", "P": "\u2029",
}  # fmt: skip


class Unsure(Exception):
    """This may be YAML, but not of the kind that the quick way reads."""


class Words:
    """The words of one file; equal ones are one value."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self._in_block: dict[str, Word] = {}
        self._in_flow: dict[str, Any] = {}

    def key(self, raw: str) -> str | None:
        """A key's text; equal texts are one object."""
        if not _KEY.fullmatch(raw):
            return None
        text = raw[1:-1] if raw[0] in "\"'" else resolve(raw)
        return sys.intern(text) if isinstance(text, str) else None

    def in_block(self, raw: str) -> Word | None:
        """The scalar that is the rest of a line, but for a comment."""
        made = self._in_block.get(raw)
        if made is None:
            text = _quoted(raw) if raw[0] in "\"'" else _plain(raw)
            if text is None:
                return None
            self._in_block[raw] = made = _value(text), len(text)
        return made

    def in_flow(self, raw: str, at: int) -> Scalar | None:
        """The scalar between two commas, colons or brackets; at: where it begins."""
        try:
            value = self._in_flow[raw]
        except KeyError:
            if not _FLOW.fullmatch(raw):
                return None
            self._in_flow[raw] = value = _value(raw)
        return Scalar(self.file, at, at + len(raw), value)

    def all_in_flow(self, raws: list[str], at: int) -> list[Node] | None:
        """The scalars of a list with ", " between, or None when one is none; at: where the first begins."""
        file, known = self.file, self._in_flow
        made: list[Node] = []
        for raw in raws:
            try:
                value = known[raw]
            except KeyError:
                if not _FLOW.fullmatch(raw):
                    return None
                known[raw] = value = _value(raw)
            end = at + len(raw)
            made.append(Scalar(file, at, end, value))
            at = end + 2
        return made


def _value(raw: str) -> Any:
    """Raises Unsure for an escape that stands for no character."""
    if raw[0] == '"':
        return _ESCAPE.sub(_character, raw[1:-1]) if "\\" in raw else raw[1:-1]
    return raw[1:-1].replace("''", "'") if raw[0] == "'" else resolve(raw)


def _quoted(rest: str) -> str | None:
    match = _QUOTED.fullmatch(rest)
    return match[1] if match else None


def _plain(rest: str) -> str | None:
    at = rest.find(" #")
    if at >= 0:
        rest = rest[:at].rstrip(" ")
    second = rest[1:2] if rest[0] == "-" else rest[0]
    starts = second in _FIRST or second >= "\xa0" or (second == "-" and rest[0] == "-")
    sure = starts and ": " not in rest and rest[-1] != ":"
    return rest if sure else None


def _character(escape: re.Match[str]) -> str:
    """What an escape stands for. Raises Unsure when it is none, or no character that a text may have."""
    number = escape[1] or escape[2] or escape[3]
    made = _ESCAPED.get(escape[4]) if number is None else _coded(int(number, 16))
    if made is None or made == "\x00" or "\ud800" <= made <= "\udfff":
        raise Unsure
    return made


def _coded(number: int) -> str | None:
    return chr(number) if number <= sys.maxunicode else None
