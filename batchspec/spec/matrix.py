"""A matrix's combinations: the product of its axes, the last one moving fastest."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping as Map
from typing import Any

from batchspec.spec.model import Range

MAX_TASKS = 1_000_000


def axis_values(axis: tuple[Any, ...] | Range) -> range | tuple[Any, ...]:
    """The values of one axis."""
    if not isinstance(axis, Range):
        return axis
    if isinstance(axis.range, int):
        return range(axis.range)
    start, stop, *step = axis.range
    return range(0) if step == [0] else range(start, stop, *step)


def count(axes: Map[str, Any]) -> int:
    """How many combinations there are."""
    return math.prod(len(axis_values(axis)) for axis in axes.values())


def first(axes: Map[str, Any]) -> dict[str, Any]:
    """The first combination; the product itself would lay out every axis in memory before it gave one."""
    return {name: axis_values(axis)[0] for name, axis in axes.items()}


def combinations(axes: Map[str, Any]) -> Iterator[dict[str, Any]]:
    """Each combination, by the axes' names."""
    for values in itertools.product(*(axis_values(axis) for axis in axes.values())):
        yield dict(zip(axes, values, strict=True))
