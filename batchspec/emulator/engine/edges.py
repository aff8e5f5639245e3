"""The dependencies between the tasks of one job, counted down as tasks are satisfied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchspec.emulator.engine.records import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchspec.emulator.engine.records import Job, Task

# A range waits for each of its ids, so its length is work and memory.
LONGEST_RANGE = 1_000_000


@dataclass(eq=False, slots=True)
class _Range:
    """An id range, shared by all tasks that name it: 10,000 tasks after 10,000 tasks are 20,000 edges."""

    missing: int = 0
    tasks: list[Task] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Edges:
    """Who waits for whom, by the parent's id: a task may depend on one that is not there yet."""

    job: Job
    _waiters: dict[str, list[Task | _Range]] = field(default_factory=dict)
    _ranges: dict[tuple[int, int], _Range] = field(default_factory=dict)

    def add(self, task: Task, ids: Iterable[str], ranges: Iterable[tuple[int, int]]) -> None:
        """Count what the task waits for into `task.waiting`."""
        for parent in {key(id_) for id_ in ids}:
            task.waiting += self._await(parent, task)
        for bounds in set(ranges):
            if bounds not in self._ranges:
                shared = self._ranges[bounds] = _Range()
                shared.missing = sum(self._await(str(id_), shared) for id_ in range(bounds[0], bounds[1] + 1))
            shared = self._ranges[bounds]
            if shared.missing:
                shared.tasks.append(task)
                task.waiting += 1

    def satisfy(self, parent: str) -> Iterator[Task]:
        """The parent (by key) is done or gone: the tasks that wait for nothing more."""
        for waiter in self._waiters.pop(parent, ()):
            if isinstance(waiter, _Range):
                waiter.missing -= 1
                freed = waiter.tasks if not waiter.missing else []
            else:
                freed = [waiter]
            for task in freed:
                task.waiting -= 1
                if not task.waiting:
                    yield task

    def hold(self, task: Task, token: str) -> None:
        """Make the task wait until `satisfy(token)`; a token is anything that is no id."""
        self._waiters.setdefault(token, []).append(task)
        task.waiting += 1

    def _await(self, parent: str, waiter: Task | _Range) -> int:
        task = self.job.by_key.get(parent)
        if task is not None and task.satisfied:
            return 0
        self._waiters.setdefault(parent, []).append(waiter)
        return 1
