"""Where tasks queue and where they find room: one lane per pool, one queue per job, no scan of either."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from batchspec.emulator.engine.records import key

if TYPE_CHECKING:
    from batchspec.emulator.engine.records import Job, Node, Task


@dataclass(eq=False, slots=True)
class Queue:
    """The tasks of one job that could run now, a heap in order of addition for each number of slots.

    Entries are not removed when a task is ended or deleted: what is popped is looked at again instead.
    """

    job: Job
    _heaps: dict[int, list[tuple[int, Task]]] = field(default_factory=dict)

    def push(self, task: Task) -> None:
        heappush(self._heaps.setdefault(task.slots, []), (task.number, task))

    def heads(self) -> list[Task]:
        """The first task of each size, the oldest first."""
        if len(self._heaps) == 1:  # nearly always
            (heap,) = self._heaps.values()
            head = self._head(heap)
            return [] if head is None else [head]
        heads = [head for heap in self._heaps.values() if (head := self._head(heap))]
        return sorted(heads, key=lambda task: task.number)

    def pop(self, task: Task) -> None:
        """Take out a head."""
        heappop(self._heaps[task.slots])

    def __bool__(self) -> bool:
        return any(self._heaps.values())

    def _head(self, heap: list[tuple[int, Task]]) -> Task | None:
        while heap:
            task = heap[0][1]
            if task.state == "active" and not task.waiting and self.job.by_key.get(key(task.id)) is task:
                return task
            heappop(heap)
        return None


@dataclass(eq=False, slots=True)
class Lane:
    """A pool's nodes by free slots, and the jobs with tasks to run, the most urgent first."""

    queues: list[Queue] = field(default_factory=list)
    _rooms: list[dict[Node, None]] = field(default_factory=list)

    def enter(self, queue: Queue) -> None:
        if queue not in self.queues:
            insort(self.queues, queue, key=lambda entry: (-entry.job.priority, entry.job.number))

    def leave(self, queue: Queue) -> None:
        if queue in self.queues:
            self.queues.remove(queue)

    def open(self, node: Node) -> None:
        """The node takes tasks from now on, as many as `node.free` allows."""
        while len(self._rooms) <= node.pool.slots:
            self._rooms.append({})
        self._rooms[node.free][node] = None

    def close(self, node: Node) -> None:
        """The node takes no more tasks; must be called before `node.free` changes."""
        if node.free < len(self._rooms):
            self._rooms[node.free].pop(node, None)

    def room(self, task: Task, *, pack: bool) -> Node | None:
        """The node for this task: the emptiest, or with `pack` the fullest, of those with room for it."""
        sizes = range(task.slots, len(self._rooms))
        for free in sizes if pack else reversed(sizes):
            for node in self._rooms[free]:
                if accepts(node, task.job) and may_use(task, node):
                    return node
        return None


def accepts(node: Node, job: Job) -> bool:
    """Tasks do not go where the job preparation task failed."""
    preparation = job.preparations.get(node.id)
    if preparation is None or preparation.result != "failure":
        return True
    return (job.body.get("jobPreparationTask") or {}).get("waitForSuccess") is False


def runs_alone(task: Task) -> bool:
    """Whether no other task may run beside it."""
    job = task.job
    return job.manager is task and job.body["jobManagerTask"].get("runExclusive") is not False


def may_use(task: Task, node: Node) -> bool:
    """Whether a job manager task goes there: to nodes of that kind, and to an empty one if it runs alone."""
    job = task.job
    if job.manager is not task:
        return True
    if runs_alone(task) and node.free < node.pool.slots:
        return False
    return node.dedicated or job.body["jobManagerTask"].get("allowLowPriorityNode") is not False
