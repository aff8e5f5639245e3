"""A draft to the typed spec: bound, and its templates expanded.

Shape faults are not described here: `batchspec.check` compares `Draft.tree` with the schema for that.
"""

from __future__ import annotations

from collections.abc import Mapping as Map, Sequence as Seq
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.load import Node
from batchspec.spec import matrix
from batchspec.spec.draft import Draft, Settings, Template
from batchspec.spec.graph import Graph
from batchspec.spec.model import SpecKeys, Task
from batchspec.spec.resolve import Environment, resolve
from batchspec.spec.shape import Misfit
from batchspec.spec.table import Table


@dataclass(frozen=True)
class Spec:
    """A spec that has its shape. `tasks` are all tasks, templates expanded; `groups` where each template's are."""

    keys: SpecKeys
    tasks: Seq[Task]
    groups: tuple[range, ...]
    graph: Graph
    folder: Path
    target: str
    secrets: frozenset[str]
    content: tuple[Any, ...]  # what defines the job: nodes and values, templates not expanded

    def examples(self) -> list[tuple[Task, int]]:
        """The first task of each template, and how many it stands for."""
        return [(self.tasks[group.start], len(group)) for group in self.groups if group]


@dataclass
class Built:
    """What a draft gives. misfits: of each template the first task without the shape, which its example has."""

    spec: Spec | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    misfits: dict[int, Node] = field(default_factory=dict)  # by the template's index


def build(drafted: Draft, folder: Path, settings: Settings) -> Built:
    """Bind the draft and expand its tasks. Raises Misfit where the tree does not have its shape."""
    keys = Table(SpecKeys).bind(drafted.tree, "", {})
    built = Built()
    total = sum(1 if one.axes is None else matrix.count(one.axes) for one in drafted.templates)
    if total > matrix.MAX_TASKS:
        message = f"the spec expands to more than {matrix.MAX_TASKS:,} tasks"
        built.diagnostics.append(Diagnostic("BS304", message, drafted.tree.keys["tasks"].span, "/tasks"))
        return built
    tasks: list[Task] = []
    groups: list[range] = []
    for at, (example, template) in enumerate(zip(keys.tasks, drafted.templates, strict=True)):
        start = len(tasks)
        tasks += _expand(example, template, at, built)
        groups.append(range(start, len(tasks)))
    content = (
        drafted.tree.values["name"],
        drafted.tree.values["job"],
        *((one.node, _shared(one, drafted.environment)) for one in drafted.templates),
    )
    secrets = drafted.environment.secrets
    built.spec = Spec(keys, tasks, tuple(groups), Graph(tasks), folder, settings.target, secrets, content)
    return built


def _shared(template: Template, environment: Environment) -> Map[str, Any]:
    """What a matrix's expressions may speak of beside the matrix; without a matrix none is left."""
    if template.axes is None:
        return {}
    params, target = template.contexts["params"], template.contexts["target"]
    return {"params": dict(params), "target": dict(target), "env": dict(environment.used)}


def _expand(example: Task, template: Template, at: int, built: Built) -> list[Task]:
    if template.axes is None:
        return [example]
    shape = Table(Task)
    made: list[Task] = []
    shared: dict[tuple[int, type], Any] = {}
    for combination in matrix.combinations(template.axes):
        problems: list[Diagnostic] = []
        node = resolve(template.node, {**template.contexts, "matrix": combination}, problems, template.pointer)
        if problems:
            built.diagnostics += problems[:1]
            break
        # What the template's tasks share is bound once; what is this task's own is forgotten again.
        memory = shared if not made else dict(shared)
        try:
            made.append(shape.bind(node, template.pointer, memory))
        except Misfit:
            built.misfits.setdefault(at, node)
    return made
