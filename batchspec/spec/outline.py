"""The graph of a spec's tasks as its reader wrote it: a step for each template, however many tasks it makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from batchspec.spec.build import Spec
from batchspec.spec.model import IdRange, Task


@dataclass(frozen=True)
class Step:
    """The tasks of one template. after: the places of the steps that any of them waits for, its own among them."""

    label: str
    count: int
    after: tuple[int, ...]


def outline(spec: Spec) -> tuple[Step, ...]:
    """The steps of a spec, in its order. Every task's own dependencies count, not only its template's first."""
    return tuple(_Outline(spec).steps())


def each(spec: Spec) -> tuple[Step, ...]:
    """A step for every task."""
    places = {task.id: at for at, task in enumerate(spec.tasks)}
    parents = (dict.fromkeys(places[id_] for id_ in spec.graph.parents(task)) for task in spec.tasks)
    return tuple(Step(task.id, 1, tuple(after)) for task, after in zip(spec.tasks, parents, strict=True))


class _Outline:
    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._groups = [group for group in spec.groups if group]
        self._met: dict[str | tuple[int, int], frozenset[int]] = {}

    def steps(self) -> Iterator[Step]:
        for group in self._groups:
            after = frozenset[int]().union(*(self._after(self._spec.tasks[at]) for at in group))
            yield Step(self._label(group), len(group), tuple(sorted(after)))

    def _label(self, group: range) -> str:
        first = self._spec.tasks[group.start]
        if len(group) == 1:
            return first.id
        return first.name or f"{first.id} to {self._spec.tasks[group[-1]].id}"

    def _after(self, task: Task) -> Iterator[int]:
        graph = self._spec.graph
        for reference in graph.references(task):
            yield from self._of(reference, graph.members(reference))
        for item in task.depends_on:
            if isinstance(item, IdRange):
                yield from self._of((item.start, item.end), graph.within(item))

    def _of(self, reference: str | tuple[int, int], members: Iterable[str]) -> frozenset[int]:
        """The places of the steps that a reference means, found once."""
        if reference not in self._met:
            self._met[reference] = frozenset(self._places[id_] for id_ in members)
        return self._met[reference]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {self._spec.tasks[at].id: place for place, group in enumerate(self._groups) for at in group}
