"""A parsed `$filter`, as values.

    Filter = Compare | StartsWith | Not | And | Or

Literals are str, int, float, bool, None, or `Time` around a canonical time text. `show` prints a filter
so that it parses to the same value again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le")


@dataclass(frozen=True)
class Time:
    """A DateTime'...' literal in canonical form."""

    text: str


Literal = str | int | float | bool | Time | None


@dataclass(frozen=True)
class Compare:
    """`path op value`; nested members are written with slashes."""

    path: str
    op: str
    value: Literal


@dataclass(frozen=True)
class StartsWith:
    """`startswith(path,'prefix')`."""

    path: str
    prefix: str


@dataclass(frozen=True)
class Not:
    """`not item`."""

    item: Filter


@dataclass(frozen=True)
class And:
    """Two or more, all of which hold."""

    items: tuple[Filter, ...]


@dataclass(frozen=True)
class Or:
    """Two or more, one of which holds."""

    items: tuple[Filter, ...]


Filter = Compare | StartsWith | Not | And | Or
Lookup = Callable[[str], Any]
"""Gives the value at a path: text, number, truth value, canonical time, or None when absent."""


def show(item: Filter) -> str:
    """The filter as text."""
    if isinstance(item, Compare):
        return f"{item.path} {item.op} {_show_literal(item.value)}"
    if isinstance(item, StartsWith):
        return f"startswith({item.path},{_show_literal(item.prefix)})"
    if isinstance(item, Not):
        return f"not ({show(item.item)})"
    word = " and " if isinstance(item, And) else " or "
    return word.join(f"({show(part)})" if isinstance(part, (And, Or)) else show(part) for part in item.items)


def _show_literal(value: Literal) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Time):
        return f"DateTime'{value.text}'"
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    return repr(value)


def matches(item: Filter, lookup: Lookup) -> bool:
    """Does the filter hold? An absent member equals null alone and is neither above nor below anything."""
    if isinstance(item, Compare):
        return _compare(lookup(item.path), item.op, item.value)
    if isinstance(item, StartsWith):
        value = lookup(item.path)
        return isinstance(value, str) and value.startswith(item.prefix)
    if isinstance(item, Not):
        return not matches(item.item, lookup)
    if isinstance(item, And):
        return all(matches(part, lookup) for part in item.items)
    return any(matches(part, lookup) for part in item.items)


def _compare(actual: Any, op: str, literal: Literal) -> bool:
    expected = literal.text if isinstance(literal, Time) else literal
    if op == "eq":
        return bool(actual == expected)
    if op == "ne":
        return bool(actual != expected)
    if actual is None or expected is None:
        return False
    if op == "gt":
        return bool(actual > expected)
    if op == "ge":
        return bool(actual >= expected)
    if op == "lt":
        return bool(actual < expected)
    return bool(actual <= expected)
