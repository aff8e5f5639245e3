"""The text of a regular expression to a tree: Python's syntax, as far as it can be matched without backtracking."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

MAX_DEPTH = 50  # groups within each other
_COUNT = re.compile(r"\{(?=[\d,])(\d{1,6})?(,(\d{1,6})?)?\}")  # an empty pair of braces is text
_HEX = {"x": 2, "u": 4, "U": 8}
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_HINT = "use characters, [classes], (groups), |, *, +, ? and {counts}"


class BadPattern(Exception):
    """A pattern that is none, or that we do not match."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class Char:
    """One character: of these ranges and kinds (\\d, \\w, \\s; capital: all but these), or none of them."""

    ranges: tuple[tuple[str, str], ...] = ()
    kinds: str = ""
    negated: bool = False

    def takes(self, char: str) -> bool:
        """Whether a character can be it."""
        found = any(low <= char <= high for low, high in self.ranges) or any(_is(kind, char) for kind in self.kinds)
        return found is not self.negated


@dataclass(frozen=True)
class Series:
    """One after the other."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Branch:
    """One of them."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Repeat:
    """Again and again; most: None is without end."""

    part: Expression
    least: int
    most: int | None


Expression: TypeAlias = Char | Series | Branch | Repeat


def _is(kind: str, char: str) -> bool:
    lower = kind.lower()
    found = char.isdecimal() if lower == "d" else char.isspace() if lower == "s" else char.isalnum() or char == "_"
    return found is (kind == lower)


def parse(text: str) -> Expression:
    """The tree of a pattern. Raises BadPattern."""
    return _Parser(text).whole()


@dataclass
class _Parser:
    text: str
    at: int = 0
    depth: int = 0
    seen: list[str] = field(default_factory=list)

    def whole(self) -> Expression:
        """All of the text."""
        made = self._branches()
        if self.at < len(self.text):
            raise self._none()
        return made

    def _branches(self) -> Expression:
        made = [self._series()]
        while self._next() == "|":
            self.at += 1
            made.append(self._series())
        return made[0] if len(made) == 1 else Branch(tuple(made))

    def _series(self) -> Expression:
        made: list[Expression] = []
        begin = self.at
        while self._next() not in ("", "|", ")"):
            if self._is_edge(begin):
                self.at += 1
                continue
            made.append(self._repeats(self._atom()))
        return made[0] if len(made) == 1 else Series(tuple(made))

    def _is_edge(self, begin: int) -> bool:
        """Whether here is an anchor that says nothing, since a pattern is for all of a text."""
        char, after = self._next(), self.text[self.at + 1 : self.at + 2]
        if char not in ("^", "$"):
            return False
        if self.depth or (self.at != begin if char == "^" else after not in ("", "|")) or after in ("*", "+", "?", "{"):
            raise self._refused("anchors inside a pattern")
        return True

    def _atom(self) -> Expression:
        char = self._next()
        self.at += 1
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            return Char((("\n", "\n"),), negated=True)
        if char == "\\":
            return self._escape()
        if char in "*+?" or (char == "{" and _COUNT.match(self.text, self.at - 1)):
            raise self._none()
        return Char(((char, char),))

    def _group(self) -> Expression:
        if self._next() == "?":
            named = re.compile(r"\?(?::|P<[A-Za-z_][A-Za-z0-9_]*>)").match(self.text, self.at)
            if not named:
                raise self._refused("lookarounds, backreferences and flags")
            if named[0] != "?:" and named[0] in self.seen:
                raise self._none()
            self.seen.append(named[0])
            self.at = named.end()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadPattern(f"the pattern has more than {MAX_DEPTH} groups within each other")
        made = self._branches()
        self.depth -= 1
        if self._next() != ")":
            raise self._none()
        self.at += 1
        return made

    def _repeats(self, part: Expression) -> Expression:
        char = self._next()
        count = _COUNT.match(self.text, self.at) if char == "{" else None
        if char in ("*", "+", "?") and char:
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
            self.at += 1
        elif count and count[0] != "{}":
            least = int(count[1] or 0)
            most = least if count[2] is None else int(count[3]) if count[3] else None
            self.at = count.end()
            if most is not None and most < least:
                raise self._none()
        else:
            return part
        if self._next() == "?":  # a lazy one takes the same texts
            self.at += 1
        following = self._next()
        if following in ("*", "+", "?") or (following == "{" and _COUNT.match(self.text, self.at)):
            raise self._refused("one count after the other")
        return Repeat(part, least, most)

    def _class(self) -> Char:
        negated = self._next() == "^"
        self.at += negated
        ranges: list[tuple[str, str]] = []
        kinds = ""
        begin = self.at
        while self._next() != "]" or self.at == begin:
            low = self._member()
            if self._next() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.at += 1
                high = self._member()
                if low.kinds or high.kinds or low.ranges[0][0] > high.ranges[0][0]:
                    raise self._none()
                ranges.append((low.ranges[0][0], high.ranges[0][0]))
            else:
                ranges += low.ranges
                kinds += low.kinds
        self.at += 1
        return Char(tuple(ranges), kinds, negated)

    def _member(self) -> Char:
        char = self._next()
        if not char:
            raise self._none()
        self.at += 1
        return self._escape(inside=True) if char == "\\" else Char(((char, char),))

    def _escape(self, *, inside: bool = False) -> Char:
        char = self._next()
        self.at += 1
        if char and char in "dDwWsS":
            return Char(kinds=char)
        if char in _HEX:
            digits = self.text[self.at : self.at + _HEX[char]]
            self.at += _HEX[char]
            if not re.fullmatch(f"[0-9a-fA-F]{{{_HEX[char]}}}", digits) or int(digits, 16) > 0x10FFFF:
                raise self._none()
            made = chr(int(digits, 16))
        elif char in _CONTROL:
            made = _CONTROL[char]
        elif char == "b" and inside:
            made = "\b"
        elif not char or (char.isascii() and char.isalpha()):
            raise self._refused(f'"\\{char}"') if char and char in "AbBZ" else self._none()
        elif char.isascii() and char.isdigit():
            raise self._refused("backreferences")
        else:
            made = char
        return Char(((made, made),))

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _none(self) -> BadPattern:
        return BadPattern(f'"{self.text}" is not a regular expression', _HINT)

    def _refused(self, what: str) -> BadPattern:
        return BadPattern(f'the pattern "{self.text}" has {what}, which are not taken here', _HINT)
