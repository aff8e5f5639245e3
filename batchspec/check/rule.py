"""The contract of a rule: a module with one public function, `check`, that yields findings about a spec."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from batchspec.diag import Diagnostic, Related
from batchspec.reading import Node
from batchspec.source import Span
from batchspec.spec.build import Spec
from batchspec.spec.model import Task

Rule = Callable[[Spec], Iterator[Diagnostic]]


def finding(
    code: str,
    message: str,
    node: Node,
    pointer: str,
    hint: str | None = None,
    related: tuple[Related, ...] = (),
) -> Diagnostic:
    """A finding at a node."""
    return Diagnostic(code, message, node.span, pointer, hint, related)


def once(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The first finding of each code at each place: a template's tasks share theirs."""
    told: set[tuple[str, str]] = set()
    for one in found:
        if (one.code, one.pointer) not in told:
            told.add((one.code, one.pointer))
            yield one


def per_place(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The first finding of each code at each place of a file: `job.task_defaults` is part of many tasks."""
    told: set[tuple[str, Span | None]] = set()
    for one in found:
        if (one.code, one.span) not in told:
            told.add((one.code, one.span))
            yield one


def title(task: Task, count: int) -> str:
    """How a finding names a task; a template's example says how many it stands for."""
    return f'task "{task.id}"' + (f" (and {count - 1:,} more)" if count > 1 else "")
