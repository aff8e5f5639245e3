"""The places of the language: `tasks[].inputs[].path` and every other, found in the tables of `batchspec.spec`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from batchspec.errors import UsageError
from batchspec.spec.model import SpecKeys
from batchspec.spec.model.matrix import RESERVED, MatrixOf
from batchspec.spec.shape import Either, ListOf, MapOf, Shape
from batchspec.spec.table import Bound, Key, Table

ANY_NAME = "NAME"  # stands for a name of the user's own
_OF_ANOTHER = {"job.task_defaults": "TaskAddParameter"}  # what is said there goes into another object's fields


@dataclass(frozen=True)
class Place:
    """A key of the language, or a name of the user's own in one.

    row: None for a name, which has a shape and no more.
    service: what of the service it compiles to, as a path from an SDK model; "" when it is ours alone.
    base: what the fields of its keys are told from.
    """

    path: str
    shape: Shape
    row: Key | None = None
    service: str = ""
    base: str = ""

    @property
    def tables(self) -> list[type[Bound]]:
        """The models whose keys can stand here."""
        return [inner.model for _, inner in _containers(self.shape) if isinstance(inner, Table)]

    def child(self, name: str) -> Place | None:
        """The place of a key or name below this one; None when there is no such key."""
        for brackets, inner in _containers(self.shape):
            path = f"{self.path}{brackets}.{name}".lstrip(".")
            if isinstance(inner, MatrixOf) and name in RESERVED:
                return Place(path, RESERVED[name].shape, RESERVED[name], base=self.base)
            if isinstance(inner, MapOf):
                return Place(path, inner.value, base=self.base)
            row = inner.model.rows.get(name)
            if row is not None:
                sdk = _OF_ANOTHER.get(self.path, inner.model.sdk)
                base = self.base if not sdk else self.service or sdk
                return Place(path, row.shape, row, _service(base, name, row), base)
        return None

    def children(self) -> Iterator[Place]:
        """The places right below."""
        for _, inner in _containers(self.shape):
            names = tuple(inner.model.rows) if isinstance(inner, Table) else (ANY_NAME,)
            names += tuple(RESERVED) if isinstance(inner, MatrixOf) else ()
            yield from (place for name in names if (place := self.child(name)) is not None)


ROOT = Place("", Table(SpecKeys))


def _containers(shape: Shape) -> Iterator[tuple[str, Table | MapOf]]:
    """The mappings that a shape may be, each with the brackets of the lists around it."""
    if isinstance(shape, Either):
        for one in shape.shapes:
            yield from _containers(one)
    elif isinstance(shape, ListOf):
        yield from ((f"[]{brackets}", inner) for brackets, inner in _containers(shape.item))
    elif isinstance(shape, (Table, MapOf)):
        yield "", shape


def _service(base: str, name: str, row: Key) -> str:
    if row.field.startswith("("):  # of another model than the one around it
        return row.field.replace("(", "", 1).replace(")", "", 1)
    field = name if row.native else row.field
    return f"{base}.{field}" if base and field else ""


def places(above: Place = ROOT) -> Iterator[Place]:
    """Every place there is, each above what is in it."""
    for place in above.children():
        yield place
        yield from places(place)


def find(path: str) -> Place:
    """The place at a path such as `pool.start_task` or `tasks[].inputs[].path`. Raises UsageError."""
    here, steps = ROOT, path.split(".")
    for step in steps[2:] if steps[0] == "targets" and steps[2:] else steps:  # a target's changes are of the spec
        name = step.partition("[")[0]
        below = here.child(name) if name else None
        if below is None:
            raise _unknown(here, name)
        here = below
    return here


def _unknown(here: Place, name: str) -> UsageError:
    where = f'"{here.path}" has' if here.path else "a spec has"
    siblings = {place.path.rpartition(".")[2]: place.path for place in here.children()}
    near = [siblings[one] for one in get_close_matches(name, siblings, 1, 0.7)]
    near = near or [place.path for place in places() if place.path.rpartition(".")[2] == name][:3]
    if near:
        hint = f"did you mean {', '.join(near[:-1]) + ' or ' if near[1:] else ''}{near[-1]}?"
    elif siblings:
        hint = f"there are {', '.join(siblings)}"
    else:
        hint = "nothing is below it"
    return UsageError(f'{where} no key "{name}"', hint)
