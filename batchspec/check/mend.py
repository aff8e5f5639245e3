"""A document with its flaws mended, so that the rules can still look at the rest of it.

An optional key whose value is wrong is left out; a required one gets the example of its row. What the rules
then find at or below a mended place is not told: it would speak of our example, not of the user's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from batchspec.check.shape import Flaw
from batchspec.load import Mapping, Node, Scalar, Sequence
from batchspec.spec.model import SpecKeys
from batchspec.spec.shape import Bound, Either, Key, ListOf, MapOf, Shape, Table, kind, rows

Path = tuple[str | int, ...]


def mend(tree: Mapping, flaws: Iterable[Flaw]) -> Mapping:
    """The tree with every flaw mended."""
    # The deepest first: what encloses a mended value may itself have to go.
    for flaw in sorted(flaws, key=lambda one: -len(one.path)):
        made = _at(tree, flaw.path, Table(SpecKeys), flaw)
        tree = made if isinstance(made, Mapping) else tree
    return tree


def _at(node: Node, path: Path, shape: Shape | None, flaw: Flaw) -> Node | None:
    """The node with the flaw below it mended; None when the node itself has to go."""
    if not path:
        return _mended_key(node, shape, flaw) if flaw.key is not None else None
    step, rest = path[0], path[1:]
    shape = _choose(shape, node)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        inner = _at(node.items[step], rest, shape.item if isinstance(shape, ListOf) else None, flaw)
        items = [inner if at == step else item for at, item in enumerate(node.items)]
        return Sequence(node.file, node.start, node.end, [item for item in items if item is not None])
    if isinstance(node, Mapping) and step in node.values:
        name = str(step)
        row = _row(shape, name)
        below = shape.value if isinstance(shape, MapOf) else row.shape if row else None
        inner = _at(node.values[name], rest, below, flaw)
        if inner is None and row is not None and row.required:
            inner = _node(row.example, node.values[name])
        return _put(node, name, inner)
    return node


def _mended_key(node: Node, shape: Shape | None, flaw: Flaw) -> Node:
    """The mapping without a key that is too much, or with an example for one that is missing."""
    shape = _choose(shape, node)
    if not isinstance(node, Mapping) or flaw.key is None:
        return node
    if flaw.key in node.values:
        return _put(node, flaw.key, None)
    row = _row(shape, flaw.key)
    return node if row is None else _put(node, flaw.key, _node(row.example, node))


def _put(node: Mapping, name: str, value: Node | None) -> Mapping:
    keys = {key: text for key, text in node.keys.items() if key != name or value is not None}
    values = {key: inner for key, inner in node.values.items() if key != name}
    if value is not None:
        keys.setdefault(name, Scalar(node.file, value.start, value.start, name))
        values[name] = value
    return Mapping(node.file, node.start, node.end, keys, values)


def _row(shape: Shape | None, name: str) -> Key | None:
    model: type[Bound] | None = shape.model if isinstance(shape, Table) else None
    return next((row for key, row, _ in rows(model) if key == name), None) if model else None


def _choose(shape: Shape | None, node: Node) -> Shape | None:
    if isinstance(shape, Either):
        return next((one for one in shape.shapes if kind(node) in one.kinds), None)
    return shape


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
