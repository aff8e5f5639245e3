"""A place among the tokens of a formula, and what is said when something else was wanted there."""

from __future__ import annotations

from batchspec.autoscale.problems import Problem
from batchspec.autoscale.syntax import Token


class Unreadable(Exception):
    """Reading cannot go on in this statement."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Cursor:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._at]

    @property
    def before(self) -> Token:
        return self._tokens[self._at - 1]

    @property
    def ended(self) -> bool:
        return self.now.kind == "end"

    @property
    def assigns(self) -> bool:
        """Whether `name =` comes next."""
        return self.now.kind == "name" and self._tokens[self._at + 1].text == "="

    def next(self) -> Token:
        self._at += 1
        return self.before

    def take(self, mark: str) -> bool:
        if self.now.kind != "mark" or self.now.text != mark:
            return False
        self._at += 1
        return True

    def expect(self, mark: str, hint: str) -> None:
        if not self.take(mark):
            raise self.unexpected(hint)

    def unexpected(self, hint: str) -> Unreadable:
        token = self.now
        match token.kind:
            case "end":
                return unreadable(token, "the formula ends in the middle of a statement", hint)
            case "open-text":
                return unreadable(token, "text is not closed on its line", f"close it with {token.text[0]}")
            case "open-comment":
                return unreadable(token, 'the comment that "/*" opens is not closed', 'close it with "*/"')
            case "bad":
                return unreadable(token, f'"{token.text}" has no meaning in a formula', _BAD.get(token.text, hint))
            case _:
                return unreadable(token, f'unexpected "{token.text[:40]}"', hint)


_BAD = {
    "%": "a percentage is a plain number: 70, not 70%",
    "&": 'write "&&"',
    "|": 'write "||"',
    "{": 'a formula has no blocks: use "condition ? value : other"',
    "$": 'a name follows "$"',
}


def unreadable(token: Token, message: str, hint: str, certain: bool = True) -> Unreadable:
    return Unreadable(Problem("syntax", message, token.start, token.end, hint, certain))
