"""Regular expressions of strangers, matched in bounded work: no backtracking, whatever the pattern.

A pattern becomes the positions of its characters, and which may follow which (Glushkov's automaton); a text is read
once, with the set of positions that it may be at in the bits of a number. What cannot be matched so is refused:
backreferences, lookarounds, anchors inside. What is accepted means what it means to Python's `re.fullmatch`, which a
property test holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from batchspec.spec.regex import BadPattern, Branch, Char, Expression, Repeat, Series, parse

LONGEST = 1_000  # characters of a text that a pattern is tried on
MOST_POSITIONS = 2_000

__all__ = ["LONGEST", "BadPattern", "Budget", "Pattern"]


@dataclass
class Budget:
    """The work that all patterns of a spec may make together."""

    steps: int = 500_000

    def spend(self, steps: int = 1) -> None:
        """Take from it. Raises BadPattern when nothing is left."""
        self.steps -= steps
        if self.steps < 0:
            raise BadPattern("the pattern takes too much work", "use a smaller one, and smaller counts")


@dataclass(frozen=True)
class _Part:
    """A part of the automaton: whether it may be empty, and the positions that it begins and ends with."""

    nullable: bool = True
    first: int = 0
    last: int = 0


@dataclass
class Pattern:
    """A pattern made ready. Raises BadPattern."""

    text: str
    budget: Budget = field(default_factory=Budget)
    longest: ClassVar[int] = LONGEST

    def __post_init__(self) -> None:
        self._tests: list[Char] = []
        self._follow: list[int] = []
        self._masks: dict[str, int] = {}
        self._reached: dict[int, int] = {}
        self._whole = self._make(parse(self.text))

    def matches(self, value: str) -> bool:
        """Whether it is the whole of a text. Raises BadPattern when the budget is spent."""
        if not value:
            return self._whole.nullable
        at = self._whole.first & self._mask(value[0])
        for char in value[1:]:
            if not at:
                return False
            at = self._after(at) & self._mask(char)
        return bool(at & self._whole.last)

    def _mask(self, char: str) -> int:
        """The positions that a character can stand at."""
        if char not in self._masks:
            self.budget.spend(len(self._tests))
            self._masks[char] = sum(1 << at for at, test in enumerate(self._tests) if test.takes(char))
        return self._masks[char]

    def _after(self, positions: int) -> int:
        """The positions that may follow one of these."""
        if positions not in self._reached:
            made = 0
            for at in self._bits(positions):
                made |= self._follow[at]
            self._reached[positions] = made
        self.budget.spend()
        return self._reached[positions]

    def _bits(self, positions: int) -> Iterator[int]:
        while positions:
            self.budget.spend()
            low = positions & -positions
            yield low.bit_length() - 1
            positions ^= low

    def _make(self, node: Expression) -> _Part:
        self.budget.spend()
        if isinstance(node, Char):
            return self._position(node)
        if isinstance(node, Series):
            made = _Part()
            for one in node.parts:
                made = self._joined(made, self._make(one))
            return made
        if isinstance(node, Branch):
            parts = [self._make(one) for one in node.parts]
            made = _Part(nullable=False)
            for part in parts:
                made = _Part(made.nullable or part.nullable, made.first | part.first, made.last | part.last)
            return made
        return self._repeated(node)

    def _position(self, node: Char) -> _Part:
        at = len(self._tests)
        if at == MOST_POSITIONS:
            raise BadPattern(f"the pattern has more than {MOST_POSITIONS:,} places", "use smaller counts")
        self._tests.append(node)
        self._follow.append(0)
        return _Part(False, 1 << at, 1 << at)

    def _joined(self, before: _Part, after: _Part) -> _Part:
        for at in self._bits(before.last if after.first else 0):
            self._follow[at] |= after.first
        return _Part(
            before.nullable and after.nullable,
            before.first | (after.first if before.nullable else 0),
            after.last | (before.last if after.nullable else 0),
        )

    def _repeated(self, node: Repeat) -> _Part:
        made = _Part()
        for _ in range(node.least):
            made = self._joined(made, self._make(node.part))
        if node.most is None:
            again = self._make(node.part)
            self._joined(again, again)
            return self._joined(made, _Part(True, again.first, again.last))
        rest = _Part()
        for _ in range(node.most - node.least):  # x{0,2} is (x(x)?)?
            one = self._joined(self._make(node.part), rest)
            rest = _Part(True, one.first, one.last)
        return self._joined(made, rest)
