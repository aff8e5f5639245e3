"""Shapes in words: what a value may look like, and the limits that it keeps.

Leaves are told from their JSON Schema, so that a new kind of shape needs no words of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batchspec.spec.shape import Either, ListOf, MapOf, Shape
from batchspec.spec.table import Table

_TYPES = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "a mapping", "null": "null",
}  # fmt: skip
_BOUNDS = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", "character"),
    ("minItems", "maxItems", "entry"),
    ("minProperties", "maxProperties", "key"),
)
_SHORT = 80  # characters of a pattern that say more than they hide


def kind(shape: Shape) -> str:
    """What it is: "a text, or a list of: a text"."""
    if isinstance(shape, Either):
        return ", or ".join(map(kind, shape.shapes))
    if isinstance(shape, ListOf):
        return f"a list of: {kind(shape.item)}"
    if isinstance(shape, MapOf):
        return f"a mapping, from names to: {kind(shape.value)}"
    if isinstance(shape, Table):
        return "a mapping"
    types = shape.schema().get("type", ())
    listed = [types] if isinstance(types, str) else types
    return ", ".join(_TYPES[name] for name in listed) or "anything"


def facts(shape: Shape, of: str = "") -> Iterator[tuple[str, str]]:
    """What narrows it down: pairs of a label and words. of: which part of the value it speaks of."""
    if isinstance(shape, Either):
        for one in shape.shapes:
            yield from facts(one, of)
    elif isinstance(shape, ListOf):
        yield from _limits(shape.schema(), of)
        yield from facts(shape.item, "each: ")
    elif isinstance(shape, MapOf):
        yield from _limits(shape.schema(), of)
        yield from facts(shape.names, "names: ")
        yield from facts(shape.value, "each: ")
    elif not isinstance(shape, Table):
        yield from _limits(shape.schema(), of)


def _limits(schema: dict[str, Any], of: str) -> Iterator[tuple[str, str]]:
    if "enum" in schema:
        yield "allowed", of + ", ".join(map(str, schema["enum"]))
    if "x-form" in schema:
        yield "form", of + schema["x-form"]
    elif "pattern" in schema and len(schema["pattern"]) <= _SHORT:
        yield "form", f"{of}matches {schema['pattern']}"
    for least, most, unit in _BOUNDS:
        text = _bound(schema.get(least), schema.get(most), unit)
        if text:
            yield "limits", of + text


def _bound(least: int | None, most: int | None, unit: str) -> str:
    if most is None:
        return "" if least is None else f"at least {_count(least, unit)}"
    if least is None or (unit and not least):
        return f"at most {_count(most, unit)}"
    return f"{least:,} to {_count(most, unit)}"


def _count(number: int, unit: str) -> str:
    plural = {"entry": "entries"}.get(unit, f"{unit}s")
    return f"{number:,} {unit if number == 1 else plural}" if unit else f"{number:,}"
