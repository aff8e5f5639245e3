"""BS201: the service compares ids without regard to case, so two tasks may not differ by case alone."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic, Related
from batchspec.spec.build import Spec
from batchspec.spec.model import Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """One finding for each template whose tasks clash with earlier ones."""
    first: dict[str, Task] = {}
    for group in spec.groups:
        clash: tuple[Task, Task] | None = None
        for task in spec.tasks[group.start : group.stop]:
            earlier = first.setdefault(task.id.lower(), task)
            if earlier is not task:
                clash = clash or (task, earlier)
        if clash:
            yield _finding(*clash)


def _finding(task: Task, earlier: Task) -> Diagnostic:
    within = task.pointer == earlier.pointer
    hint = "let the id speak of every axis of the matrix" if within else "give it another id"
    related = () if within else (Related("first defined here", earlier.at("id").span),)
    message = f'two tasks have the id "{task.id}"'
    if task.id != earlier.id:
        message = f'the ids "{earlier.id}" and "{task.id}" differ by case alone'
    return finding("BS201", message, task.at("id"), f"{task.pointer}/id", hint, related)
