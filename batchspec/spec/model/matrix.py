"""A matrix: named axes, and what is done with them.

matrix:
  station: [oslo, bergen]           an axis: any name of the user's
  shard: {range: 4}
  include: [{station: voss, shard: 0}]
  exclude: [{station: oslo, shard: 3}]
  zip: false
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from batchspec.reading import Mapping, Node
from batchspec.spec.model.common import NAME
from batchspec.spec.shape import (
    JSON,
    Either,
    Flag,
    ListOf,
    MapOf,
    Memory,
    Misfit,
    Pointer,
    Shape,
    Text,
    Value,
    Whole,
    joined,
    or_expression,
)
from batchspec.spec.table import Bound, Key, Table, key

SINGLE = Value(("string", "number", "boolean"))


class Axis(Bound):
    """The values of an axis, where they are not listed."""

    range: int | tuple[int, ...] | None = key(
        Either((Whole(0, 1_000_000), ListOf(Whole(-(10**12), 10**12), 2, 3))),
        "How many whole numbers, from 0; or [start, stop] or [start, stop, step].",
        4,
        default=None,
    )
    files: str | None = key(
        Text(shortest=1, longest=4096),
        "The local files of a pattern (*, ?, **), sorted; each has path, name, stem and suffix.",
        "data/*.csv",
        default=None,
    )
    csv: str | None = key(
        Text(shortest=1, longest=4096),
        "A local table (CSV) with a header line; each row has its columns, as texts.",
        "stations.csv",
        default=None,
    )

    one_of = ("range", "files", "csv")


AXIS = Either((ListOf(SINGLE, 1), Table(Axis)))
COMBINATION = MapOf(SINGLE, NAME, fewest=1)
RESERVED: dict[str, Key] = {
    "include": key(
        ListOf(COMBINATION),
        "Combinations that are added; each names every axis.",
        [{"shard": 9, "mode": "exact"}],
        None,
    ),
    "exclude": key(
        ListOf(COMBINATION),
        "Combinations that are taken out: all that have these values.",
        [{"shard": 0, "mode": "fast"}],
        None,
    ),
    "zip": key(Flag(), "Walk the axes side by side, in place of each value with each.", True, False),
}


@dataclass(frozen=True)
class Matrix:
    """A matrix as it is written."""

    node: Mapping
    pointer: str
    axes: dict[str, tuple[Any, ...] | Axis]
    include: tuple[dict[str, Any], ...] = ()
    exclude: tuple[dict[str, Any], ...] = ()
    zip: bool = False


@dataclass(frozen=True)
class MatrixOf(MapOf):
    """The shape of a matrix: axes by the user's names, and three names of ours."""

    def shape_of(self, name: str) -> Shape:
        """The shape of a key's value."""
        return RESERVED[name].shape if name in RESERVED else self.value

    def schema(self) -> JSON:
        properties = {
            name: {
                "title": name.capitalize(),
                "description": row.doc,
                "examples": [row.example],
                **or_expression(row.shape.schema()),
            }
            for name, row in RESERVED.items()
        }
        return {**super().schema(), "properties": properties}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> Any:
        if not isinstance(node, Mapping) or len(node.values) < self.fewest:
            raise Misfit(node)
        self.check_names(node)
        made = {name: self.shape_of(name).bind(value, (pointer, name), bound) for name, value in node.items()}
        axes = {name: value for name, value in made.items() if name not in RESERVED}
        return Matrix(node, joined(pointer), axes, **{name: made[name] for name in RESERVED if name in made})


MATRIX = MatrixOf(AXIS, NAME, fewest=1)
