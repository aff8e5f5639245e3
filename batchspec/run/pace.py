"""How often to ask."""

from __future__ import annotations


class Pace:
    """Seconds between polls: quick while things move, slower and slower while they do not."""

    def __init__(self, quick: float, slow: float) -> None:
        self._quick, self._slow = quick, slow
        self._next = quick

    def after(self, *, moved: bool) -> float:
        """The pause after a poll."""
        self._next = self._quick if moved else min(self._slow, self._next * 1.5)
        return self._next
