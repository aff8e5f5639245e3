"""The service's own fields to the SDK's objects: a table's `native` rows, by their names.

What has friendly names is put together by hand in `pools`, `jobs` and `tasks`; they give this module their makers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from batchspec.compiler.extended import sdk_model
from batchspec.reading import Node, plain
from batchspec.spec.table import Bound

Makers = Mapping[type[Bound], Callable[[Any], Any]]
_NO_MAKERS: Makers = {}
T = TypeVar("T")


def fields(bound: Bound, makers: Makers = _NO_MAKERS) -> dict[str, Any]:
    """The native fields that were written, as keywords of the SDK's model."""
    given = bound.__dict__
    return {name: lower(given[name], makers) for name in type(bound).native if name in given}


def lower(value: Any, makers: Makers = _NO_MAKERS) -> Any:
    """A bound value as the SDK takes it."""
    if isinstance(value, Bound):
        maker = makers.get(type(value))
        return maker(value) if maker else sdk_model(value.sdk)(**fields(value, makers))
    if isinstance(value, tuple):
        made = [lower(item, makers) for item in value]
        # One line of a spec may be many files: a maker may give a list.
        return [one for item in made for one in (item if isinstance(item, list) else [item])]
    if isinstance(value, dict):
        return {name: lower(item, makers) for name, item in value.items()}
    return plain(value) if isinstance(value, Node) else value


def like(template: T, changes: dict[str, Any]) -> T:
    """An SDK's object with other attributes than one that is there; making it anew takes twice as long."""
    made = object.__new__(type(template))
    made.__dict__ = template.__dict__ | changes
    return made
