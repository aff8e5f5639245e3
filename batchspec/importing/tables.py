"""Fields to the language's keys, by the tables' rows: native ones by their names, sugar by the paths of its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchspec.importing import values
from batchspec.importing.fields import Fields, Given
from batchspec.importing.texts import Secrets
from batchspec.importing.told import Told
from batchspec.spec.shape import Either, ListOf, MapOf, Shape, Text
from batchspec.spec.table import Bound, Table

_FIRST = ("id", "name", "display_name")
# Only this one: a release task has 15 minutes where it does not say, and directories are kept for 7 days.
_LIMIT = "constraints.max_wall_clock_time"


@dataclass(frozen=True)
class Sugar:
    """Keys of a table that more than one field speaks of, and how they are read."""

    keys: frozenset[str]
    read: Callable[[Reader, Fields], dict[str, Any]]


@dataclass(frozen=True)
class Reader:
    """What all tables are read with. sugar: by the tables that have the keys."""

    told: Told
    secrets: Secrets
    sugar: Mapping[type[Bound], Sequence[Sugar]]

    def table(self, model: type[Bound], fields: Fields) -> dict[str, Any]:
        """A table of the language, from all of an object's fields."""
        made = self.rows(model, fields)
        for place in fields.left():
            self.told.problem(place, "the spec language has no word for this")
        return made

    def rows(self, model: type[Bound], fields: Fields) -> dict[str, Any]:
        """A table's keys, from as many fields as it has words for."""
        made: dict[str, Any] = {}
        owned: set[str] = set()
        for sugar in (one for base in model.__mro__ for one in self.sugar.get(base, ())):
            made |= sugar.read(self, fields)
            owned |= sugar.keys
        for name, row in model.rows.items():
            path = name if row.native else row.field
            given = _given(fields, path, row.shape) if path and name not in owned else None
            if given is None:
                continue
            if path == _LIMIT and values.is_no_limit(given):
                self.told.notes.append(f"{given.place}: left out, since no limit is the default")
                continue
            if row.api:
                self.told.versions.setdefault(row.api, given.place)
            if name in getattr(model, "secrets", ()):
                made[name] = values.secret(given, (*fields.label, name), self.told, self.secrets)
            else:
                made[name] = self.value(row.shape, given, fields.label)
        first = [name for name in _FIRST if name in made]
        return {name: made[name] for name in (*first, *model.rows) if name in made}

    def value(self, shape: Shape, given: Given, label: tuple[str, ...] = ()) -> Any:
        """A value in its shape. label: words for the variables of its secrets."""
        if isinstance(shape, Either):
            shape = shape.shapes[0]
        if isinstance(shape, Table):
            inner = given.value
            if not isinstance(inner, Fields):
                inner = Fields(given.kind, inner, given.place, self.told, label)
            return self.table(shape.model, inner)
        if isinstance(shape, ListOf):
            return [self.value(shape.item, one, label) for one in values.items(given, self.told)]
        if isinstance(shape, MapOf):
            return values.mapping(given, label, self.told, self.secrets)
        if isinstance(shape, Text):
            return values.text(shape, given, label, self.told, self.secrets)
        return values.single(shape, given, self.told)


def _given(fields: Fields, path: str, shape: Shape) -> Given | None:
    if isinstance(shape, Table) and path in fields.opened:  # sugar has taken a part of it
        inner = fields.inside(path)
        return Given(inner, "", inner.place) if inner is not None and not inner.is_empty else None
    return fields.take(path)
