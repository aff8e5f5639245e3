"""`$filter` text -> `Filter`.

    or        := and ("or" and)*
    and       := not ("and" not)*
    not       := "not" not | "(" or ")" | "startswith" "(" path "," string ")" | path op literal
    literal   := 'text' | DateTime'time' | number | true | false | null

Keywords are read in any letter case. Depth is bounded, so no text can exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from batchspec.emulator.wire.odata.ast import (
    OPERATORS,
    And,
    Compare,
    Filter,
    Literal,
    Not,
    Or,
    StartsWith,
    Time,
)
from batchspec.emulator.wire.times import parse_time

MAX_DEPTH = 50

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<time>datetime'(?P<moment>[^']*)')
    | (?P<string>'(?:[^']|'')*')
    | (?P<number>-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?)(?![\w/.'])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*)(?!['/])
    | (?P<mark>[(),])
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)


class FilterError(ValueError):
    """The text is no filter; the message says what stands in the way."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.lower() == word

    def is_mark(self, mark: str) -> bool:
        return self.kind == "mark" and self.text == mark


_END = _Token("end", "the end")


def parse_filter(text: str) -> Filter:
    """The filter that the text says; raises FilterError, and nothing else, for any other text."""
    parser = _Parser(list(_tokens(text)))
    result = parser.any_of(MAX_DEPTH)
    if parser.here is not _END:
        raise FilterError(f"unexpected '{parser.here.text}'")
    return result


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            if not text[position:].strip():
                return
            raise FilterError(f"cannot read '{text[position:].strip()[:20]}'")
        position = match.end()
        kind = match.lastgroup if match.lastgroup != "moment" else "time"
        yield _Token(str(kind), match["moment"] if kind == "time" else match[str(kind)])


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    @property
    def here(self) -> _Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else _END

    def take(self) -> _Token:
        token = self.here
        self._next += 1
        return token

    def expect(self, mark: str) -> None:
        token = self.take()
        if not token.is_mark(mark):
            raise FilterError(f"expected '{mark}' before '{token.text}'")

    def any_of(self, depth: int) -> Filter:
        items = [self.all_of(depth)]
        while self.here.is_word("or"):
            self.take()
            items.append(self.all_of(depth))
        return items[0] if len(items) == 1 else Or(tuple(items))

    def all_of(self, depth: int) -> Filter:
        items = [self.term(depth)]
        while self.here.is_word("and"):
            self.take()
            items.append(self.term(depth))
        return items[0] if len(items) == 1 else And(tuple(items))

    def term(self, depth: int) -> Filter:
        if depth == 0:
            raise FilterError(f"nested deeper than {MAX_DEPTH} levels")
        token = self.take()
        if token.is_word("not"):
            return Not(self.term(depth - 1))
        if token.is_mark("("):
            inner = self.any_of(depth - 1)
            self.expect(")")
            return inner
        if token.is_word("startswith") and self.here.is_mark("("):
            return self.starts_with()
        if token.kind != "word":
            raise FilterError(f"expected a property before '{token.text}'")
        op = self.take().text.lower()
        if op not in OPERATORS:
            raise FilterError(f"expected an operator ({', '.join(OPERATORS)}) after '{token.text}'")
        return Compare(token.text, op, self.literal())

    def starts_with(self) -> Filter:
        self.expect("(")
        path = self.take()
        self.expect(",")
        prefix = self.literal()
        self.expect(")")
        if path.kind != "word" or not isinstance(prefix, str):
            raise FilterError("startswith takes a property and a string")
        return StartsWith(path.text, prefix)

    def literal(self) -> Literal:
        token = self.take()
        if token.kind == "string":
            return token.text[1:-1].replace("''", "'")
        if token.kind == "time":
            try:
                return Time(parse_time(token.text))
            except ValueError as error:
                raise FilterError(f"'{token.text}' is {error}") from None
        if token.kind == "number":
            return float(token.text) if set(token.text) & set(".eE") else int(token.text)
        for word, value in (("true", True), ("false", False), ("null", None)):
            if token.is_word(word):
                return value
        raise FilterError(f"expected a value before '{token.text}'")
