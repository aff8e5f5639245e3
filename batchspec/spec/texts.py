"""A template's texts, made ready: what stays is worked out once, and a combination only fills the gaps.

Whatever is not plain is left to `resolve` itself: secrets, expressions that fail, results that are long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence as Seq
from operator import itemgetter
from typing import Any, cast

from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.expression import (
    MAX_RESULT,
    MAX_SOURCE,
    BadExpression,
    File,
    Piece,
    Withheld,
    is_whole,
    part,
    pieces,
    reference,
    show,
    value_of,
)
from batchspec.spec.matrix import Row
from batchspec.spec.resolve import Evaluated, Parameters, is_open, resolve
from batchspec.spec.shape import escape
from batchspec.spec.template import Template

_PLAIN = (str, int, float, bool)


class Unsure(Exception):
    """A combination that has to be made in full, to see what is wrong with it."""


class Texts:
    """The texts of one template."""

    def __init__(self, template: Template) -> None:
        assert template.combinations is not None
        self._template = template
        self._names = template.combinations.names
        params = template.contexts.get("params")
        self._hidden = params.hidden if isinstance(params, Parameters) else frozenset()
        self._shown_as_is = [
            self._is_shown_as_is(axis) for axis in template.combinations.columns()
        ]  # by the axis: whether "%s" shows its values as an expression does

    def node(self, node: Node, pointer: str) -> Callable[[Row], Node]:
        """What makes the node of a combination. It raises Unsure, BadExpression, Withheld."""
        if isinstance(node, Scalar):
            return self._scalar(node, pointer)
        if isinstance(node, Sequence):
            return self._sequence(node, pointer)
        return self._mapping(cast("Mapping", node), pointer)

    def _sequence(self, node: Sequence, pointer: str) -> Callable[[Row], Node]:
        made = [(at, self.node(item, f"{pointer}/{at}")) for at, item in enumerate(node.items) if is_open(item)]

        def make(row: Row) -> Node:
            items = [*node.items]
            for at, one in made:
                items[at] = one(row)
            return Sequence(node.file, node.start, node.end, items)

        return make

    def _mapping(self, node: Mapping, pointer: str) -> Callable[[Row], Node]:
        keys = node.keys
        made = [(name, self.node(value, f"{pointer}/{escape(name)}")) for name, value in node.items() if is_open(value)]

        def make(row: Row) -> Node:
            values = node.values.copy()
            for name, one in made:
                values[name] = one(row)
            return Mapping(node.file, node.start, node.end, keys, values)

        return make

    def _scalar(self, node: Scalar, pointer: str) -> Callable[[Row], Node]:
        value = self._value(str(node.value))
        if value is None:
            return self._in_full(node, pointer)
        file, start, end = node.file, node.start, node.end
        return lambda row: Evaluated(file, start, end, value(row))

    def _in_full(self, node: Scalar, pointer: str) -> Callable[[Row], Node]:
        def make(row: Row) -> Node:
            problems: list[Diagnostic] = []
            made = resolve(node, self._template.at(row), problems, pointer)
            if problems:
                raise Unsure
            return made

        return make

    def _value(self, text: str) -> Callable[[Row], Any] | None:
        """What makes a text's value; None is "in full"."""
        try:
            parts = pieces(text)
            if any(piece.is_secret(self._hidden) or len(piece.source) > MAX_SOURCE for piece in parts):
                return None
            if is_whole(text):
                return self._reader(parts[0])
            return self._filled(text, parts) or self._joined(text, parts)
        except (BadExpression, Withheld):
            return None

    def _filled(self, text: str, parts: tuple[Piece, ...]) -> Callable[[Row], str] | None:
        """The gaps filled by a format, when each is a plain axis."""
        form, places, at = "", [], 0
        for piece in parts:
            place = self._place(piece)
            if place is None or not self._shown_as_is[place]:
                return None
            form += text[at : piece.start].replace("%", "%%") + "%s"
            places.append(place)
            at = piece.end
        form += text[at:].replace("%", "%%")
        pick: Callable[[Row], Any] = itemgetter(*places)
        return lambda row: _bounded(form % pick(row))

    def _joined(self, text: str, parts: tuple[Piece, ...]) -> Callable[[Row], str]:
        chunks: list[str | tuple[Callable[[Row], Any], Piece]] = []
        at = 0
        for piece in parts:
            fixed = not piece.uses("matrix")
            value = show(value_of(piece, self._template.contexts), piece) if fixed else (self._reader(piece), piece)
            chunks += [text[at : piece.start], value]
            at = piece.end
        chunks.append(text[at:])

        def make(row: Row) -> str:
            return _bounded("".join([one if isinstance(one, str) else show(one[0](row), one[1]) for one in chunks]))

        return make

    @staticmethod
    def _is_shown_as_is(axis: Seq[Any]) -> bool:
        return isinstance(axis, range) or all(type(value) in (str, int, float, File) for value in axis)

    def _place(self, piece: Piece) -> int | None:
        """The place of the axis that a piece is, and is no more than."""
        found = reference(piece)
        if found is None or found[0] != "matrix" or found[1] not in self._names or found[2] is not None:
            return None
        return self._names.index(found[1])

    def _reader(self, piece: Piece) -> Callable[[Row], Any]:
        """What gives a piece's value."""
        found = reference(piece)
        if found is None or found[0] != "matrix" or found[1] not in self._names:
            return lambda row: value_of(piece, self._template.at(row))
        place, name = self._names.index(found[1]), found[2]

        def read(row: Row) -> Any:
            value = row[place] if name is None else part(row[place], name)
            if type(value) in _PLAIN:
                return value
            if isinstance(value, File):
                return str(value)
            raise Unsure

        return read


def _bounded(text: str) -> str:
    if len(text) > MAX_RESULT:
        raise Unsure
    return text
