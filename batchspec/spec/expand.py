"""A template to its tasks. What no combination changes is bound once; of the rest only the texts that change.

`exactly` is what a task is: its node with every expression resolved, bound. `expand` gives the same tasks (a property
test holds it), and makes their nodes only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.reading import Node, Sequence
from batchspec.reading.node import find
from batchspec.spec.expression import BadExpression, Withheld
from batchspec.spec.matrix import Row
from batchspec.spec.model import Input, Task
from batchspec.spec.resolve import is_open, resolve
from batchspec.spec.shape import Memory, Misfit, Shape
from batchspec.spec.table import Bound, Table
from batchspec.spec.template import Template
from batchspec.spec.texts import Texts, Unsure


class Expanded(Task):
    """A task of a template. Its node is made when it is asked for: most never are."""

    _template: Template
    _row: Row

    @property
    def template(self) -> Template:
        """What it is a task of."""
        return self._template

    def at(self, *path: str) -> Node:
        """The node of a key, the deepest one there is along the path; no more than that is made."""
        if "node" in self.__dict__ or not path or path[0] not in self._template.node.values:
            return super().at(*path)
        node = self._template.node.values[path[0]]
        if is_open(node):
            node = resolve(node, self._template.at(self._row), [])
        return find(node, list(path[1:]))

    def has(self, name: str) -> bool:
        """Whether the key was written."""
        return name in self._template.node.values


@dataclass(frozen=True)
class Broken:
    """What is wrong with a task's expressions, or its node, which does not have its shape.

    unset: the task all the same, when nothing is wrong but that variables of the environment are not set.
    """

    problems: tuple[Diagnostic, ...] = ()
    misfit: Node | None = None
    unset: Task | None = None


def exactly(template: Template, row: Row, shared: Memory) -> Task | Broken:
    """The task of one combination, made in full. shared: what was bound of nodes that all combinations have."""
    problems: list[Diagnostic] = []
    node = template.resolved(row, problems)
    if not all(one.code == "BS214" for one in problems):
        return Broken(tuple(problems))
    try:
        made: Task = Table(Task).bind(node, template.pointer, dict(shared))
    except Misfit:
        return Broken(tuple(problems)) if problems else Broken(misfit=node)
    return Broken(tuple(problems), unset=made) if problems else made


def expand(template: Template) -> Iterator[Task | Broken]:
    """The tasks of all combinations, in their order. The template's example has been bound: its keys are right."""
    assert template.combinations is not None
    shared: Memory = {}
    try:
        fixed, moving = _apart(template, shared)
    except Misfit:
        yield from (exactly(template, row, shared) for row in template.combinations)
        return
    fixed.update(_place=template.pointer, _template=template)
    for row in template.combinations:
        given = fixed.copy()
        given["_row"] = row
        try:
            for name, make in moving:
                given[name] = make(row)
        except (Unsure, BadExpression, Withheld, Misfit):
            yield exactly(template, row, shared)
            continue
        yield Expanded.of(given)


def _apart(template: Template, shared: Memory) -> tuple[dict[str, Any], list[tuple[str, Callable[[Row], Any]]]]:
    """What all tasks have alike, bound; and of each key that they do not what makes its value."""
    fixed: dict[str, Any] = {}
    moving: list[tuple[str, Callable[[Row], Any]]] = []
    texts = Texts(template)
    for name, value in template.node.items():
        shape, pointer = Task.rows[name].shape, f"{template.pointer}/{name}"
        if name in template.moving:
            moving.append((name, _binder(shape, pointer, texts.node(value, pointer), shared, _lean(template, value))))
        else:
            fixed[name] = shape.bind(value, pointer, shared)
    return fixed, moving


def _lean(template: Template, value: Node) -> Callable[[Any, Row], None]:
    """What takes the nodes out of the items of a list that are a task's own: they are most of what a task takes.

    They are made anew when they are asked for. Not of local files, whose node tells for each the folder they are in.
    """
    own = [at for at, item in enumerate(value.items) if is_open(item)] if isinstance(value, Sequence) else []

    def lean(items: Any, row: Row) -> None:
        for at in own:
            item = items[at]
            if isinstance(item, Bound) and not (isinstance(item, Input) and item.path is not None):
                given = {"_template": template, "_row": row, **item.__dict__}
                del given["node"]
                object.__setattr__(item, "__dict__", given)

    return lean


def _binder(
    shape: Shape, pointer: str, make: Callable[[Row], Node], shared: Memory, lean: Callable[[Any, Row], None]
) -> Callable[[Row], Any]:
    first = True

    def bind(row: Row) -> Any:
        nonlocal first
        # The first remembers what the others share, by the identity of nodes that must therefore live on; what is a
        # task's own is forgotten again.
        if first:
            first = False
            return shape.bind(make(row), pointer, shared)
        made = shape.bind(make(row), pointer, {**shared})
        lean(made, row)
        return made

    return bind
