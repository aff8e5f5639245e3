"""BS218, BS222: what tasks want to happen when one that they wait for fails.

The service keeps it with the task that fails (`exitConditions`), so all that wait for one task have the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from batchspec.check.rule import finding, per_place, title
from batchspec.check.waiting import waiting
from batchspec.diag import Diagnostic, Related
from batchspec.spec.build import Spec
from batchspec.spec.model import IdRange, Task

_KEY = "on_dependency_failure"


class _Willing:
    """The tasks that are waited for by one who runs however they end: by their ids, and the numbers among those."""

    def __init__(self) -> None:
        self.by: dict[str, Task] = {}
        self.numbers: list[tuple[int, str]] = []
        self._known: dict[str, str | None] = {}  # of a reference, one of them that it means

    def meant(self, spec: Spec, task: Task) -> str | None:
        """One of them that a task waits for."""
        for name in spec.graph.references(task):
            if name not in self._known:
                self._known[name] = next((one for one in spec.graph.members(name) if one in self.by), None)
            if self._known[name] is not None:
                return self._known[name]
        for item in task.depends_on:
            if isinstance(item, IdRange):
                at = bisect_left(self.numbers, (item.start, ""))
                if at < len(self.numbers) and self.numbers[at][0] <= item.end:
                    return self.numbers[at][1]
        return None


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each template once."""
    examples = spec.examples()
    for task, count in examples:
        if task.has(_KEY) and not spec.graph.waits(task) and not _is_default(spec, task):
            message = f"{title(task, count)} waits for no other, whose failure could block it"
            hint = "take it out; for the tasks that wait for this one, write it there"
            yield finding("BS222", message, task.node.keys[_KEY], f"{task.pointer}/{_KEY}", hint)
    if not any(task.has(_KEY) for task, _ in examples):
        return
    willing = _willing(spec)
    yield from per_place((*_exit_conditions(spec, willing), *_others(spec, willing)))


def _is_default(spec: Spec, task: Task) -> bool:
    """Whether the task has the key from `job.task_defaults`. Not by its place: a tree of `quick` knows none."""
    job = spec.keys.job
    written = job.task_defaults.node.keys.get(_KEY) if job is not None and job.task_defaults is not None else None
    return written is not None and written is task.node.keys[_KEY]


def _waiting(spec: Spec) -> Iterator[Task]:
    """Tasks that differ in what they wait for; whether they are willing may differ beside that."""
    for group, tasks in waiting(spec):
        example = spec.tasks[group.start]
        yield from spec.tasks[group.start : group.stop] if example.has(_KEY) else tasks


def _willing(spec: Spec) -> _Willing:
    """Each reference is followed once, however many tasks have it."""
    made = _Willing()
    names: set[str] = set()
    ranges: list[tuple[int, int, Task]] = []
    for task in _waiting(spec):
        if task.on_dependency_failure != "satisfy":
            continue
        ranges += [(item.start, item.end, task) for item in task.depends_on if isinstance(item, IdRange)]
        for name in spec.graph.references(task):
            if name not in names:
                names.add(name)
                for member in spec.graph.members(name):
                    made.by.setdefault(member, task)
    beyond = -1
    for start, end, task in sorted(ranges, key=lambda one: one[:2]):
        rest = IdRange(task.node, "", {"start": max(start, beyond + 1), "end": end})
        for member in spec.graph.within(rest) if rest.start <= end else ():
            made.by.setdefault(member, task)
        beyond = max(beyond, end)
    made.numbers = sorted((int(one), one) for one in made.by if one.isdecimal())
    return made


def _exit_conditions(spec: Spec, willing: _Willing) -> Iterator[Diagnostic]:
    told: set[str] = set()
    for parent, task in willing.by.items():
        own = spec.graph.by_id[parent]
        if own.exit_conditions is not None and task.pointer not in told:
            told.add(task.pointer)
            message = f'task "{parent}" has exit_conditions of its own, beside what "{task.id}" says of its failure'
            hint = f'write it as dependency_action in the exit_conditions of "{parent}", and not here'
            related = (Related("its exit conditions", own.node.keys["exit_conditions"].span),)
            yield finding("BS218", message, task.node.keys[_KEY], f"{task.pointer}/{_KEY}", hint, related)


def _others(spec: Spec, willing: _Willing) -> Iterator[Diagnostic]:
    told: set[str] = set()
    for task in _waiting(spec):
        parent = willing.meant(spec, task) if task.on_dependency_failure != "satisfy" else None
        if parent is None:
            continue
        first = willing.by[parent]
        if first.pointer not in told:
            told.add(first.pointer)
            message = f'when "{parent}" fails, "{first.id}" wants to run all the same, and "{task.id}" does not'
            hint = "write the same in both: the service keeps one answer for all that wait for a task"
            related = (Related(f'"{task.id}" waits for it, too', task.at("id").span),)
            yield finding("BS218", message, first.node.keys[_KEY], f"{first.pointer}/{_KEY}", hint, related)
