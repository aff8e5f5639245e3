"""BS305: the service takes at most 64,000 characters of ids that a task depends on."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec

MOST = 64_000  # the service's documentation of dependsOn.taskIds: "cannot exceed 64000 characters total"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The first task of each template that waits for too many."""
    sizes = {name: sum(map(len, ids)) for name, ids in spec.graph.groups.items()}
    for group in spec.groups:
        for task in spec.tasks[group.start : group.stop]:
            waits = list(spec.graph.references(task))
            if sum(len(name) if name in spec.graph.by_id else sizes.get(name, 0) for name in waits) > MOST:
                message = f'task "{task.id}" depends on tasks whose ids have more than {MOST:,} characters in all'
                hint = "let tasks in between each wait for a part of them, or make the ids shorter"
                where = "depends_on" if task.depends_on else "inputs"
                yield finding("BS305", message, task.at(where), f"{task.pointer}/{where}", hint)
                break
