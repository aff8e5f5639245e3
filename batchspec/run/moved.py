"""How much of many files has gone up, or come home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Generic, TypeVar

from batchspec.run.events import Downloading, Uploading

E = TypeVar("E", Uploading, Downloading)


class Moved(Generic[E]):
    """Counts files and their bytes. told: what was last told of them."""

    def __init__(self, told: E) -> None:
        self.told: E = told
        self._done = 0  # bytes of whole files
        self._parts: dict[str, int] = {}  # and of those that are on their way

    def whole(self, name: str, size: int) -> E:
        """A file is there."""
        self._parts.pop(name, None)
        self._done += size
        self.told = replace(self.told, done=self.told.done + 1, bytes_done=self._now)
        return self.told

    def so_far(self, name: str, count: int) -> Iterator[E]:
        """A file is so far; told by the hundredth, as there is an event for each."""
        self._parts[name] = count
        if abs(self._now - self.told.bytes_done) * 100 >= self.told.bytes_total:
            self.told = replace(self.told, bytes_done=self._now)
            yield self.told

    @property
    def _now(self) -> int:
        return self._done + sum(self._parts.values())
