"""What was seen of the local files while a spec is judged: each folder is read once, and only so many names looked at.

Outside of `looking` nothing is remembered: between two commands, or two steps of one, files change.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from batchspec.spec.globs import Entry, entries_of

MOST_LOOKS = 600_000  # names that the patterns of one file may look at, each pattern by itself
LOOKS_A_MATCH = 3  # what is found is kept, which costs more


class TooManyLooks(Exception):
    """The patterns have looked at too many names."""


class Seen:
    """The names in the folders, and what the patterns found; refused: the patterns that were not followed."""

    def __init__(self) -> None:
        self.found: dict[Hashable, Any] = {}
        self.refused: set[tuple[str, Path]] = set()
        self._folders: dict[Path, list[Entry]] = {}
        self._left = MOST_LOOKS

    def entries(self, folder: Path) -> list[Entry]:
        """What a folder holds. Raises TooManyLooks."""
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = entries_of(folder)
        self.charge(1 + len(known))
        return known

    def charge(self, looks: int) -> None:
        """Count names. Raises TooManyLooks."""
        self._left -= looks
        if self._left < 0:
            raise TooManyLooks


_seen: ContextVar[Seen | None] = ContextVar("seen", default=None)


def seen() -> Seen | None:
    """What is remembered here."""
    return _seen.get()


@contextmanager
def looking() -> Iterator[None]:
    """Files are taken to stay as they are for so long."""
    token = _seen.set(Seen())
    try:
        yield
    finally:
        _seen.reset(token)
