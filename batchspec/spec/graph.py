"""Who waits for whom. Names stand for groups, which are nodes of the graph of their own, so that it stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from batchspec.spec.model import Task


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

    def references(self, task: Task) -> Iterator[str]:
        """What a task waits for, as written: depends_on, then its inputs from tasks."""
        return iter(dict.fromkeys((*task.depends_on, *(item.task for item in task.inputs if item.task is not None))))

    def cycle(self) -> list[str] | None:
        """The ids of one circle of tasks that wait for each other, or None."""
        return next(self.cycles(), None)

    def cycles(self) -> Iterator[list[str]]:
        """Circles of tasks that wait for each other, no task in two of them."""
        done: set[str] = set()
        for start in self.by_id:
            found = self._walk(start, done)
            if found:
                yield found

    def _walk(self, start: str, done: set[str]) -> list[str] | None:
        """A depth-first walk without recursion: paths may be as long as there are tasks."""
        path: list[str] = []
        on_path: dict[str, int] = {}
        stack: list[tuple[str, Iterator[str]]] = []

        def enter(node: str) -> None:
            on_path[node] = len(path)
            path.append(node)
            stack.append((node, self._next(node)))

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

    def _next(self, node: str) -> Iterator[str]:
        if node.startswith(_GROUP):
            return iter(self.groups[node[len(_GROUP) :]])
        names = (name for name in self.references(self.by_id[node]) if self.knows(name))
        return (name if name in self.by_id else _GROUP + name for name in names)


_GROUP = "group:"  # no id has a colon
