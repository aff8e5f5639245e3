"""What was written of some models, wherever in a spec: only what can lead to one of them is looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from batchspec.spec.shape import Either, ListOf, MapOf, Shape
from batchspec.spec.table import Bound, Key, Table


class Walk:
    """A walk to the models that are wanted; `through` says of a row whether to look behind it."""

    def __init__(self, wanted: Callable[[type[Bound]], bool], through: Callable[[Key], bool] = lambda _: True) -> None:
        self._wanted = wanted
        self._through = through
        self._known: dict[type[Bound], tuple[bool, tuple[str, ...]]] = {}  # is it wanted, and its keys to look behind

    def __call__(self, bound: Bound) -> list[Bound]:
        """All that is wanted at and below a bound mapping."""
        made: list[Bound] = []
        self._take(bound, made)
        return made

    def _take(self, value: Any, made: list[Bound]) -> None:
        """Into a list: a chain of generators would be as long as the tree is deep."""
        if isinstance(value, Bound):
            is_wanted, doors = self._known.get(type(value)) or self._learn(type(value))
            if is_wanted:
                made.append(value)
            given = value.__dict__
            for name in doors:
                if name in given:
                    self._take(given[name], made)
        elif isinstance(value, (tuple, dict)):
            for item in value.values() if isinstance(value, dict) else value:
                self._take(item, made)

    def _learn(self, model: type[Bound]) -> tuple[bool, tuple[str, ...]]:
        doors = tuple(
            name for name, row in model.rows.items() if self._through(row) and self._leads(tables(row.shape), set())
        )
        made = self._known[model] = (self._wanted(model), doors)
        return made

    def _leads(self, models: Collection[type[Bound]], seen: set[type[Bound]]) -> bool:
        """Whether one of the models is wanted, or what can be reached from one of them."""
        for model in models:
            if self._wanted(model):
                return True
            if model not in seen:
                seen.add(model)
                if any(self._through(row) and self._leads(tables(row.shape), seen) for row in model.rows.values()):
                    return True
        return False


def tables(shape: Shape) -> tuple[type[Bound], ...]:
    """The models that a shape's value may be bound to."""
    if isinstance(shape, Table):
        return (shape.model,)
    if isinstance(shape, ListOf):
        return tables(shape.item)
    if isinstance(shape, MapOf):
        return tables(shape.value)
    return tuple(model for one in shape.shapes for model in tables(one)) if isinstance(shape, Either) else ()
