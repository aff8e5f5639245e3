"""A matrix's combinations: the product of its axes, the last one moving fastest, or the axes side by side.

Counted before they are made, and made one by one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Row = tuple[Any, ...]
MAX_TASKS = 1_000_000
MOST_KINDS = 16  # different sets of axes that the entries of `exclude` name: each is looked at for each combination


@dataclass(frozen=True)
class Combinations:
    """Axes by their names; what is left out of their combinations, and what is added to them."""

    names: tuple[str, ...]
    axes: tuple[Sequence[Any], ...]
    zipped: bool = False
    excluded: tuple[dict[str, Any], ...] = ()
    added: tuple[Row, ...] = ()

    @cached_property
    def most(self) -> int:
        """How many there are at most: before `exclude`."""
        return self._walked + len(self.added)

    @cached_property
    def _walked(self) -> int:
        sizes = [len(axis) for axis in self.axes]
        if not sizes:
            return 0
        return min(sizes) if self.zipped else math.prod(sizes)

    def first(self) -> Row | None:
        """The first combination; the product itself would lay out every axis in memory before it gave one."""
        if self._walked and not self.excluded:
            return self.any()
        return next(iter(self), None)

    def any(self) -> Row:
        """A combination, whether it is excluded or not."""
        return tuple(axis[0] for axis in self.axes) if self._walked else self.added[0]

    def __iter__(self) -> Iterator[Row]:
        walked: Iterator[Row] = iter(())
        if self._walked:
            walked = zip(*self.axes, strict=False) if self.zipped else itertools.product(*self.axes)
        if self.excluded:
            walked = itertools.filterfalse(self._is_excluded, walked)
        return itertools.chain(walked, self.added)

    def _is_excluded(self, row: Row) -> bool:
        return any(tuple(_key(row[at]) for at in places) in keys for places, keys in self.kinds.items())

    @cached_property
    def kinds(self) -> dict[tuple[int, ...], set[tuple[Hashable, ...]]]:
        """What `exclude` takes out: by the places of the axes that it names, their values."""
        made: dict[tuple[int, ...], set[tuple[Hashable, ...]]] = {}
        for entry in self.excluded:
            places = tuple(at for at, name in enumerate(self.names) if name in entry)
            made.setdefault(places, set()).add(tuple(_key(entry[self.names[at]]) for at in places))
        return made

    def columns(self) -> Iterator[Sequence[Any]]:
        """The values that stand under each name."""
        for at in range(len(self.names)):
            axis = self.axes[at] if self.axes else ()
            yield [*axis, *(row[at] for row in self.added)] if self.added else axis

    def without_effect(self) -> Iterator[int]:
        """The places of the entries of `exclude` that take nothing out."""
        if self.zipped:
            met = {places: {tuple(_key(row[at]) for at in places) for row in zip(*self.axes, strict=False)}
                   for places in self.kinds}  # fmt: skip
        known = [_Known(axis) for axis in self.axes]
        for index, entry in enumerate(self.excluded):
            places = tuple(at for at, name in enumerate(self.names) if name in entry)
            keys = tuple(_key(entry[self.names[at]]) for at in places)
            if self.zipped:
                there = keys in met[places]
            else:
                there = all(key in known[at] for at, key in zip(places, keys, strict=True))
            if not there:
                yield index


class _Known:
    """The values of an axis, to be asked for."""

    def __init__(self, axis: Sequence[Any]) -> None:
        self._range = axis if isinstance(axis, range) else None
        self._keys = frozenset() if isinstance(axis, range) else frozenset(map(_key, axis))

    def __contains__(self, key: tuple[bool, Any]) -> bool:
        if self._range is not None:
            return not key[0] and isinstance(key[1], (int, float)) and key[1] in self._range
        return key in self._keys


def _key(value: Any) -> tuple[bool, Hashable]:
    """A value to compare by: true is not 1, as in JSON Schema; a table's row is like nothing else."""
    return isinstance(value, bool), id(value) if isinstance(value, dict) else value
