"""Shapes: what a value of the spec may look like. Each knows its JSON Schema and how to bind a node.

    Shape            in YAML                      bound to
    Text             a text                       str
    Whole            a whole number               int
    Flag             true, false                  bool
    Duration         90s, 2h30m, 7d, PT1H         timedelta
    Moment           2026-01-31T06:00:00Z         datetime, in UTC
    Value            any single value             None | bool | int | float | str
    Table(model)     a mapping with known keys    the model (`batchspec.spec.table`)
    MapOf(shape)     a mapping with free keys     dict
    ListOf(shape)    a list                       tuple
    Either(shapes)   one of them, by YAML kind    whatever that one binds to

The schema and `bind` accept the same nodes (a property test holds it): `bind` passes good files quickly, and
the schema explains the bad ones. In the schema a text with `${{` stands for any value, for editors;
after evaluation no such text is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any, ClassVar, Protocol, Union

from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec import durations

JSON = dict[str, Any]
Memory = dict[tuple[int, type], Any]  # what was bound already, by the node's identity and the model
# A JSON pointer, or that of what is above and one more step: only findings need the text.
Pointer = Union[str, tuple["Pointer", "str | int"]]  # noqa: UP007  evaluated, and it names itself


class Misfit(Exception):
    """A node does not have its shape. The schema says how."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node


class Shape(Protocol):
    """The contract of every shape."""

    @property
    def kinds(self) -> frozenset[str]:
        """The JSON types of its values."""
        ...

    def schema(self) -> JSON:
        """The JSON Schema of the value."""
        ...

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> Any:
        """The value; raises Misfit. `bound` remembers nodes that many tasks share, by identity."""
        ...


class Unset(Scalar):
    """A text that speaks of a variable of the environment that is not set here. It fits where any text could."""

    __slots__ = ()


def whole(pattern: str) -> str:
    """The pattern for a whole text, to Python and to ECMA 262 alike: Python's `$` alone would pass a last newline."""
    return f"^(?:{pattern})$(?!\\n)"


def kind(node: Node) -> str:
    """The JSON type of a node; 3.0 is an integer, as in JSON Schema."""
    if isinstance(node, Mapping):
        return "object"
    if isinstance(node, Sequence):
        return "array"
    assert isinstance(node, Scalar)
    if isinstance(node.value, float) and node.value.is_integer():
        return "integer"
    return _KINDS[type(node.value)]


_KINDS = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string"}


@dataclass(frozen=True)
class Text:
    """A text, whole against a pattern, or one of the choices. Lengths in characters."""

    pattern: str | None = None
    choices: tuple[str, ...] = ()
    shortest: int = 0
    longest: int | None = None
    form: str | None = None  # what the pattern asks for, in words
    code: str | None = None  # of the finding, when it is not the keyword's own
    kinds: ClassVar[frozenset[str]] = frozenset({"string"})

    def schema(self) -> JSON:
        made: JSON = {"type": "string"}
        if self.choices:
            made["enum"] = list(self.choices)
        if self.pattern is not None:
            made["pattern"] = whole(self.pattern)
        if self.form is not None:
            made["x-form"] = self.form
        if self.code is not None:
            made["x-code"] = self.code
        if self.shortest:
            made["minLength"] = self.shortest
        if self.longest is not None:
            made["maxLength"] = self.longest
        return made

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> str:  # noqa: ARG002  the contract
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, str) or not (self.accepts(value) or (type(node) is Unset and not self.choices)):
            raise Misfit(node)
        return value

    def accepts(self, text: str) -> bool:
        """Whether a text is one of these."""
        if self.choices and text not in self.choices:
            return False
        if self.pattern is not None and self._search(text) is None:
            return False
        return len(text) >= self.shortest and (self.longest is None or len(text) <= self.longest)

    @cached_property
    def _search(self) -> Callable[[str], re.Match[str] | None]:
        assert self.pattern is not None
        return re.compile(whole(self.pattern)).search


@dataclass(frozen=True)
class TextOrNumber(Text):
    """A text; a whole number stands for its digits."""

    kinds: ClassVar[frozenset[str]] = frozenset({"string", "integer"})

    def schema(self) -> JSON:
        return {**super().schema(), "type": ["string", "integer"], "minimum": 0, "maximum": 2**31 - 1}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> str:
        if kind(node) != "integer":
            return super().bind(node, pointer, bound)
        assert isinstance(node, Scalar)
        number = int(node.value or 0)
        if not 0 <= number < 2**31:
            raise Misfit(node)
        return str(number)


@dataclass(frozen=True)
class Whole:
    """A whole number, its bounds included. 3.0 is one, as in JSON Schema."""

    least: int | None = None
    most: int | None = None
    kinds: ClassVar[frozenset[str]] = frozenset({"integer"})

    def schema(self) -> JSON:
        made: JSON = {"type": "integer"}
        if self.least is not None:
            made["minimum"] = self.least
        if self.most is not None:
            made["maximum"] = self.most
        return made

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> int:  # noqa: ARG002  the contract
        value: Any = node.value if isinstance(node, Scalar) else None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if (
            not isinstance(value, int)
            or isinstance(value, bool)
            or (self.least is not None and value < self.least)
            or (self.most is not None and value > self.most)
        ):
            raise Misfit(node)
        return value


@dataclass(frozen=True)
class Flag:
    """true or false."""

    kinds: ClassVar[frozenset[str]] = frozenset({"boolean"})

    def schema(self) -> JSON:
        return {"type": "boolean"}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> bool:  # noqa: ARG002  the contract
        if not isinstance(node, Scalar) or not isinstance(node.value, bool):
            raise Misfit(node)
        return node.value


@dataclass(frozen=True)
class Duration:
    """A length of time."""

    kinds: ClassVar[frozenset[str]] = frozenset({"string"})

    def schema(self) -> JSON:
        form = "a duration such as 90s, 2h30m, 7d or PT1H30M"
        return {"type": "string", "pattern": whole(durations.PATTERN), "x-form": form}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> timedelta:  # noqa: ARG002  the contract
        value = node.value if isinstance(node, Scalar) else None
        length = durations.parse(value) if isinstance(value, str) else None
        if length is None:
            raise Misfit(node)
        return length


@dataclass(frozen=True)
class Moment:
    """A point in time, with its offset from UTC."""

    kinds: ClassVar[frozenset[str]] = frozenset({"string"})

    def schema(self) -> JSON:
        form = "a moment such as 2026-01-31T06:00:00Z or 2026-01-31T08:00:00+02:00"
        return {"type": "string", "pattern": whole(_MOMENT), "x-form": form}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> datetime:  # noqa: ARG002  the contract
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, str) or re.search(whole(_MOMENT), value) is None:
            raise Misfit(node)
        return moment(value)


# Days of a month and leap years are in the pattern, so that the schema says all that there is to say.
_DATE = (
    r"(?:(?!0000)[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)"
)
_MOMENT = _DATE + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,7})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"


def moment(text: str) -> datetime:
    """A moment's text as a time in UTC; what is finer than a microsecond is left off."""
    fine = re.sub(r"(\.[0-9]+)", lambda match: match[1][:7].ljust(7, "0"), text.replace("Z", "+00:00"))
    read = datetime.fromisoformat(fine)
    try:
        return read.astimezone(timezone.utc)
    except OverflowError:  # in the first or the last hours of the calendar
        return read.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Value:
    """A single value of the given JSON types."""

    types: tuple[str, ...] = ("string", "number", "boolean", "null")

    @cached_property
    def kinds(self) -> frozenset[str]:
        return frozenset(self.types) | (frozenset({"integer"}) if "number" in self.types else frozenset())

    def schema(self) -> JSON:
        return {"type": list(self.types)}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> Any:  # noqa: ARG002  the contract
        # A text first: it is what most values are.
        if not isinstance(node, Scalar) or ("string" if type(node.value) is str else kind(node)) not in self.kinds:
            raise Misfit(node)
        return node.value


@dataclass(frozen=True)
class Anything:
    """Any node at all; it is bound to itself."""

    kinds: ClassVar[frozenset[str]] = frozenset(("object", "array", *_KINDS.values()))

    def schema(self) -> JSON:
        return {}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> Node:  # noqa: ARG002  the contract
        return node


@dataclass(frozen=True)
class ListOf:
    """A list; lengths in items."""

    item: Shape
    shortest: int = 0
    longest: int | None = None
    kinds: ClassVar[frozenset[str]] = frozenset({"array"})

    def schema(self) -> JSON:
        made: JSON = {"type": "array", "items": or_expression(self.item.schema())}
        if self.shortest:
            made["minItems"] = self.shortest
        if self.longest is not None:
            made["maxItems"] = self.longest
        return made

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> tuple[Any, ...]:
        if not isinstance(node, Sequence) or len(node.items) < self.shortest:
            raise Misfit(node)
        if self.longest is not None and len(node.items) > self.longest:
            raise Misfit(node)
        bind = self.item.bind
        return tuple([bind(item, (pointer, index), bound) for index, item in enumerate(node.items)])


@dataclass(frozen=True)
class MapOf:
    """A mapping whose keys are the user's own names."""

    value: Shape
    names: Text = Text(shortest=1)
    fewest: int = 0
    kinds: ClassVar[frozenset[str]] = frozenset({"object"})

    def schema(self) -> JSON:
        names = {key: value for key, value in self.names.schema().items() if key != "type"}
        made: JSON = {"type": "object", "additionalProperties": or_expression(self.value.schema())}
        if names:
            made["propertyNames"] = names
        if self.fewest:
            made["minProperties"] = self.fewest
        return made

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> dict[str, Any]:
        if not isinstance(node, Mapping) or len(node.values) < self.fewest:
            raise Misfit(node)
        self.check_names(node)
        bind = self.value.bind
        return {key: bind(value, (pointer, key), bound) for key, value in node.values.items()}

    def check_names(self, node: Mapping) -> None:
        """Raises Misfit for a key that is no name."""
        for name in node.values:
            if not self.names.accepts(name):
                raise Misfit(node.keys[name])


@dataclass(frozen=True)
class Either:
    """One of several shapes, no two of which share a YAML kind, so that the kind decides."""

    shapes: tuple[Shape, ...]

    @cached_property
    def kinds(self) -> frozenset[str]:
        return frozenset().union(*(shape.kinds for shape in self.shapes))

    def schema(self) -> JSON:
        types = sorted(self.kinds - {"integer"} if "number" in self.kinds else self.kinds)
        branches = [
            {"if": {"type": sorted(shape.kinds)}, "then": or_expression(shape.schema())} for shape in self.shapes
        ]
        return {"type": types, "allOf": branches}

    def bind(self, node: Node, pointer: Pointer, bound: Memory) -> Any:
        shape = self._by_kind.get(kind(node))
        if shape is None:
            raise Misfit(node)
        return shape.bind(node, pointer, bound)

    @cached_property
    def _by_kind(self) -> dict[str, Shape]:
        return {kind: shape for shape in self.shapes for kind in shape.kinds}


def joined(pointer: Pointer) -> str:
    """A pointer's text."""
    steps: list[str] = []
    while not isinstance(pointer, str):
        pointer, step = pointer
        steps.append(escape(str(step)))
    return "/".join((pointer, *reversed(steps)))


def escape(key: str) -> str:
    """A key as a segment of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def or_expression(schema: JSON) -> JSON:
    """The schema, or any text with an expression in it, which stands for a value not known yet."""
    accepts_text = schema.get("type") == "string" and schema.keys() <= {"type"}
    if not schema or "$ref" in schema or schema.get("type") in ("object", "array") or accepts_text:
        return schema
    return {"if": {"type": "string", "pattern": r"\$\{\{"}, "else": schema}
