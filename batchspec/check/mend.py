"""A document with its flaws mended, so that the rules can still look at the rest of it.

An optional key whose value is wrong is left out; a required one, and what stands in a list or under a name of the
user's own, gets the example of its row, so that no other place moves. What the rules then find at or below a
mended place is not told: it would speak of our example, not of the user's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from batchspec.check.shape import Flaw
from batchspec.load import Mapping, Node, Scalar, Sequence
from batchspec.spec.model import SpecKeys
from batchspec.spec.shape import Either, ListOf, MapOf, Shape, kind
from batchspec.spec.table import Table

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Place:
    """What may stand somewhere: its shape, an example if there is one, and whether it has to be there."""

    shape: Shape | None = None
    example: Any = None
    required: bool = False


def mend(tree: Mapping, flaws: Iterable[Flaw]) -> Mapping:
    """The tree with every flaw mended."""
    made = _mended(tree, [(flaw.path, flaw.key) for flaw in flaws], _Place(Table(SpecKeys)))
    return made if isinstance(made, Mapping) else tree


def _mended(node: Node, flaws: list[tuple[Path, str | None]], place: _Place) -> Node | None:
    """The node with the flaws at and below it mended; None when the node itself has to go."""
    below: dict[str | int, list[tuple[Path, str | None]]] = {}
    for path, key in flaws:
        if path:
            below.setdefault(path[0], []).append((path[1:], key))
    if isinstance(node, Sequence) and below:
        items = list(node.items)
        for at, inner in below.items():
            made = _mended(items[int(at)], inner, _below(place, node, at))
            if made is None:  # with nothing to put there the whole list goes
                return _instead(node, place)
            items[int(at)] = made
        node = Sequence(node.file, node.start, node.end, items)
    for name, inner in below.items() if isinstance(node, Mapping) else ():
        assert isinstance(node, Mapping)
        node = node.put(str(name), _mended(node.values[str(name)], inner, _below(place, node, name)))
    for key in (key for path, key in flaws if not path):
        if key is None or not isinstance(node, Mapping):
            return _instead(node, place)
        node = _mended_key(node, place, key)
    return node


def _instead(node: Node, place: _Place) -> Node | None:
    return _node(place.example, node) if place.required else None


def _mended_key(node: Mapping, place: _Place, key: str) -> Node:
    """The mapping without a key that is too much, or with an example for one that is missing."""
    if key in node.values:
        made = node.put(key, None)
        short = isinstance(place.shape, MapOf) and len(made.values) < place.shape.fewest
        return _node(place.example, node) if short else made
    missing = _below(place, node, key)
    return node if missing.example is None else node.put(key, _node(missing.example, node))


def _below(place: _Place, node: Node, step: str | int) -> _Place:
    shape, example = place.shape, place.example
    if isinstance(shape, Either):
        shape = next((one for one in shape.shapes if kind(node) in one.kinds), None)
    if isinstance(shape, Table):
        found = shape.model.rows.get(str(step))
        return _Place(found.shape, found.example, found.required or step in shape.model.one_of) if found else _Place()
    if isinstance(shape, ListOf) and isinstance(example, list):
        return _Place(shape.item, example[0], required=True)
    if isinstance(shape, MapOf) and isinstance(example, dict):
        return _Place(shape.value, next(iter(example.values())), required=True)
    return _Place()


def _node(example: Any, place: Node) -> Node:
    """An example of ours as a node that stands where the flaw was."""
    file, start, end = place.file, place.start, place.end
    if isinstance(example, dict):
        return Mapping(
            file, start, end,
            {name: Scalar(file, start, end, name) for name in example},
            {name: _node(value, place) for name, value in example.items()},
        )  # fmt: skip
    if isinstance(example, list):
        return Sequence(file, start, end, [_node(item, place) for item in example])
    return Scalar(file, start, end, example)
