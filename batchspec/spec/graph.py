"""Who waits for whom. Names stand for groups, which are nodes of the graph of their own, so that it stays small."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from batchspec.spec.model import IdRange, Task

MOST_IDS = 64_000  # characters of ids: the service's documentation of dependsOn.taskIds


@dataclass(frozen=True)
class Graph:
    """The tasks of a spec by id and by name."""

    tasks: Sequence[Task]

    @cached_property
    def by_id(self) -> dict[str, Task]:
        """Tasks by id; of duplicates the first."""
        made: dict[str, Task] = {}
        for task in self.tasks:
            made.setdefault(task.id, task)
        return made

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """The ids of the tasks of each name."""
        made: dict[str, list[str]] = {}
        for task in self.tasks:
            if task.name is not None:
                made.setdefault(task.name, []).append(task.id)
        return made

    def knows(self, reference: str) -> bool:
        """Whether it is a task's id or name."""
        return reference in self.by_id or reference in self.groups

    def members(self, reference: str) -> Sequence[str]:
        """The ids that a reference means: a task's own id first, else all tasks of that name."""
        return (reference,) if reference in self.by_id else self.groups.get(reference, ())

    @cached_property
    def numbers(self) -> list[tuple[int, str]]:
        """Ids that are whole numbers, sorted. A range of ids takes no notice of leading zeros."""
        return sorted((int(id_), id_) for id_ in self.by_id if id_.isascii() and id_.isdigit())

    def within(self, ids: IdRange) -> Iterator[str]:
        """The ids of the tasks in a range."""
        return (id_ for _, id_ in self.numbers[self._positions(ids)])

    def _positions(self, ids: IdRange) -> slice:
        return slice(bisect_left(self.numbers, (ids.start, "")), bisect_left(self.numbers, (ids.end + 1, "")))

    def references(self, task: Task) -> Iterator[str]:
        """The ids and names that a task waits for, as written: depends_on, then its inputs from tasks."""
        listed = (item for item in task.depends_on if isinstance(item, str))
        return iter(dict.fromkeys((*listed, *(item.task for item in task.inputs if item.task is not None))))

    def parents(self, task: Task) -> Iterator[str]:
        """The ids of the tasks that a task waits for; an id may come more than once."""
        for name in self.references(task):
            yield from self.members(name)
        for item in task.depends_on:
            if isinstance(item, IdRange):
                yield from self.within(item)

    def waits(self, task: Task) -> bool:
        """Whether a task waits for any other."""
        return bool(task.depends_on) or any(item.task is not None for item in task.inputs)

    def satisfying(self) -> frozenset[str]:
        """The tasks that others wait for who want to run however those end."""
        willing = (task for task in self.tasks if task.on_dependency_failure == "satisfy")
        return frozenset(parent for task in willing for parent in self.parents(task))

    def cycle(self) -> list[str] | None:
        """The ids of one circle of tasks that wait for each other, or None."""
        return next(self.cycles(), None)

    def cycles(self) -> Iterator[list[str]]:
        """Circles of tasks that wait for each other, no task in two of them."""
        done = _Done()
        for start in self.by_id:
            found = self._walk(start, done)
            if found:
                yield found

    def _walk(self, start: str, done: _Done) -> list[str] | None:
        """A depth-first walk without recursion: paths may be as long as there are tasks."""
        path: list[str] = []
        on_path: dict[str, int] = {}
        stack: list[tuple[str, Iterator[str]]] = []

        def enter(node: str) -> None:
            on_path[node] = len(path)
            path.append(node)
            stack.append((node, self._next(node, done)))

        if start not in done:
            enter(start)
        while stack:
            node, following = stack[-1]
            after = next(following, None)
            if after is None:
                stack.pop()
                path.pop()
                del on_path[node]
                done.add(node)
            elif after in on_path:
                circle = path[on_path[after] :]
                done.update(path)
                return [step for step in circle if not step.startswith(_GROUP)]
            elif after not in done:
                enter(after)
        return None

    def _next(self, node: str, done: _Done) -> Iterator[str]:
        if node.startswith(_GROUP):
            return iter(self.groups[node[len(_GROUP) :]])
        task = self.by_id[node]
        names = (name for name in self.references(task) if self.knows(name))
        ranges = (one for item in task.depends_on if isinstance(item, IdRange) for one in self._undone(item, done))
        return chain((name if name in self.by_id else _GROUP + name for name in names), ranges)

    def _undone(self, ids: IdRange, done: _Done) -> Iterator[str]:
        """The ids in a range that the walk is not done with: however many ranges lie over it, it is passed once."""
        positions = self._positions(ids)
        at = done.after(positions.start, self.numbers)
        while at < positions.stop:
            yield self.numbers[at][1]
            at = done.after(at + 1, self.numbers)


class _Done(set[str]):
    """The nodes that a walk is done with, and where to go on beyond those that are numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._beyond: dict[int, int] = {}

    def after(self, at: int, numbers: Sequence[tuple[int, str]]) -> int:
        """The first position from here on that is not done."""
        passed: list[int] = []
        while at in self._beyond or (at < len(numbers) and numbers[at][1] in self):
            passed.append(at)
            at = self._beyond.get(at, at + 1)
        for one in passed:
            self._beyond[one] = at
        return at


_GROUP = "group:"  # no id has a colon


def id_ranges(ids: Iterable[str]) -> tuple[list[str], list[tuple[int, int]]]:
    """Ids as ranges of whole numbers, their ends included, as far as they are such; and the rest."""
    rest: list[str] = []
    numbers: list[int] = []
    for id_ in ids:
        numbers.append(int(id_)) if _is_number(id_) else rest.append(id_)
    made: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if made and number <= made[-1][1] + 1:
            made[-1] = (made[-1][0], number)
        else:
            made.append((number, number))
    return rest, made


def _is_number(id_: str) -> bool:
    """Whether a range can mean the id: digits without a leading zero, within 32 bits."""
    return id_.isascii() and id_.isdigit() and (id_ == "0" or id_[0] != "0") and len(id_) < 11 and int(id_) < 2**31
