"""Parameters: values that the caller gives."""

from __future__ import annotations

from typing import Any

from batchspec.spec.shape import Flag, ListOf, Text, Value, Whole
from batchspec.spec.table import Bound, key

_LENGTH = Whole(0, 1_000_000)


class Parameter(Bound):
    """A value that the caller may give: -p date=2020-01-02."""

    type: str = key(
        Text(choices=("string", "integer", "number", "boolean")),
        "The type of the value; when not given that of the default, or string.",
        "integer",
        default="string",
    )
    default: Any = key(Value(), "The value when the caller gives none; without it one must be given.", 4, default=None)
    description: str | None = key(Text(), "What it is for.", "How many tasks share the work", default=None)
    enum: tuple[Any, ...] | None = key(ListOf(Value(), 1), "The allowed values.", ["a", "b"], default=None)
    format: str | None = key(
        Text(choices=("date", "date-time")),
        "What a text must be: date is YYYY-MM-DD, date-time a moment such as 2026-01-31T06:00:00Z.",
        "date",
        default=None,
    )
    pattern: str | None = key(
        Text(longest=1000),
        "A regular expression for all of a text, which is then 1,000 characters long at most.",
        "[a-z]+",
        default=None,
    )
    minimum: float | None = key(Value(("number",)), "The least number.", 1, default=None)
    maximum: float | None = key(Value(("number",)), "The greatest number.", 64, default=None)
    min_length: int | None = key(_LENGTH, "The fewest characters of a text.", 1, default=None)
    max_length: int | None = key(_LENGTH, "The most characters of a text.", 64, default=None)
    secret: bool = key(
        Flag(), "Its value is shown nowhere, and cannot be part of a name. It has no default here.", True, default=False
    )
