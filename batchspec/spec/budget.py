"""What the expressions of one file may cost in all: each of them is bounded, and a hostile file has very many."""

from __future__ import annotations

MEGABYTE = 1_000_000
MOST_COMPILED = 2_000  # different expressions a megabyte that are more than a reference: 0.4 ms each
MOST_MADE = 20_000_000  # characters a megabyte that long results may have together
_SLOW = 16  # operators of an expression that takes twice the time of one with none
SMALL = 1_000  # characters of a result that is not counted


class Budget:
    """Grows with the file, and is never less than a megabyte's."""

    def __init__(self, size: int = 0) -> None:
        scale = max(1.0, size / MEGABYTE)
        self.most_compiled = int(MOST_COMPILED * scale)
        self.most_made = int(MOST_MADE * scale)
        self._compiled: set[str] = set()
        self._spent = 0
        self._made = 0

    def may_compile(self, source: str, operators: int) -> bool:
        """Whether one more expression may be compiled; the same one again is free."""
        if source not in self._compiled:
            # Nested calls and brackets take Python's compiler time that grows with the square of their depth.
            self._spent += 1 + operators * operators // _SLOW
            if self._spent > self.most_compiled:
                return False
            self._compiled.add(source)
        return True

    def may_make(self, size: int) -> bool:
        """Whether a result of so many characters may be kept."""
        if size > SMALL:
            self._made += size
        return self._made <= self.most_made
