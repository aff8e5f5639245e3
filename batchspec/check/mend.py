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
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.model import SpecKeys
from batchspec.spec.model.matrix import RESERVED, MatrixOf
from batchspec.spec.shape import Either, ListOf, MapOf, Shape, kind
from batchspec.spec.table import Bound, Table

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
    if isinstance(node, Mapping) and below:
        # What has no shape at all, where a task is looked for, stands as an empty mapping: nothing is below it.
        inside = {str(name): inner for name, inner in below.items() if name in node.values}
        node = _with(
            node, {name: _mended(node.values[name], inner, _below(place, node, name)) for name, inner in inside.items()}
        )
    keys = dict.fromkeys(key for path, key in flaws if not path)
    if keys and (None in keys or not isinstance(node, Mapping)):
        return _instead(node, place)
    return _mended_keys(node, place, [key for key in keys if key is not None]) if isinstance(node, Mapping) else node


def _with(node: Mapping, changes: dict[str, Node | None]) -> Mapping:
    """The mapping with other values for some keys, all at once: there may be very many; None takes a key away."""
    gone = {name for name, value in changes.items() if value is None}
    keys = {name: key for name, key in node.keys.items() if name not in gone}
    values = {name: changes.get(name) or value for name, value in node.values.items() if name not in gone}
    return Mapping(node.file, node.start, node.end, keys, values)


def _instead(node: Node, place: _Place) -> Node | None:
    return _node(place.example, node) if place.required else None


def _mended_keys(node: Mapping, place: _Place, keys: list[str]) -> Node:
    """The mapping without the keys that are too much, and with an example for each that is missing."""
    extra = [key for key in keys if key in node.values]
    made = _with(node, dict.fromkeys(extra)) if extra else node
    if extra and isinstance(place.shape, MapOf) and len(made.values) < place.shape.fewest:
        return _node(place.example, made)
    for key in keys if len(extra) < len(keys) else ():
        missing = _below(place, node, key).example if key not in node.values else None
        made = made if missing is None else made.put(key, _node(missing, node))
    return made


def _below(place: _Place, node: Node, step: str | int) -> _Place:
    shape, example = place.shape, place.example
    if isinstance(shape, Either):
        shape = next((one for one in shape.shapes if kind(node) in one.kinds), None)
    if isinstance(shape, Table):
        found = shape.model.rows.get(str(step))
        return _Place(found.shape, found.example, _is_needed(shape.model, node, str(step))) if found else _Place()
    if isinstance(shape, ListOf) and isinstance(example, list):
        return _Place(shape.item, example[0], required=True)
    if isinstance(shape, MatrixOf) and step in RESERVED:
        return _Place(RESERVED[str(step)].shape)
    if isinstance(shape, MapOf) and isinstance(example, dict):
        return _Place(shape.value, next(iter(example.values())), required=True)
    return _Place()


def _is_needed(model: type[Bound], node: Node, name: str) -> bool:
    """Whether the mapping has no good shape without the key."""
    others = [one for one in model.any_of if one != name and isinstance(node, Mapping) and one in node.values]
    return name in model.required or name in model.one_of or (name in model.any_of and not others)


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
