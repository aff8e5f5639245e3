"""A document's tree to the typed spec: target, parameters, expressions, matrix.

    document -> merged with its target's patch -> parameters settled -> expressions evaluated -> bound -> expanded

Shape faults are not described here: `batchspec.check` compares `Draft.tree` with the schema for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as Map, Sequence as Seq
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.load import Mapping, Node, Scalar, Sequence
from batchspec.spec import matrix
from batchspec.spec.graph import Graph
from batchspec.spec.model import AXIS, Parameter, SpecKeys, Task
from batchspec.spec.parameters import settle
from batchspec.spec.resolve import Contexts, merge, resolve, without
from batchspec.spec.shape import MapOf, Misfit, Table


@dataclass(frozen=True)
class Settings:
    """What the caller brings: parameters, the target's name ("" for none), and the environment.

    offline: a variable of the environment that is not set is a note, not an error: a pull request has no secrets.
    """

    parameters: Map[str, Any] = field(default_factory=dict)
    target: str = ""
    environ: Map[str, str] = field(default_factory=dict)
    offline: bool = False


@dataclass(frozen=True)
class Template:
    """A task as written, with its example: itself, or its matrix's first combination."""

    node: Mapping  # every expression evaluated but those that speak of the matrix
    pointer: str
    example: Node
    axes: Map[str, Any] | None
    contexts: Contexts


@dataclass(frozen=True)
class Draft:
    """A document with its expressions evaluated: what has to have the spec's shape."""

    tree: Mapping
    templates: tuple[Template, ...]
    diagnostics: tuple[Diagnostic, ...]
    secrets: frozenset[str]


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


def draft(document: Mapping, settings: Settings) -> Draft:
    """Evaluate all that can be. Raises Misfit when the parameters do not have their shape."""
    found: list[Diagnostic] = []
    env = _Environment(settings.environ)
    tree = _with_target(document, settings.target, found)
    name = tree.get("name")
    contexts: dict[str, Map[str, Any]] = {
        "env": env,
        "target": {"name": settings.target},
        "spec": {"name": name.value if isinstance(name, Scalar) and isinstance(name.value, str) else ""},
    }
    contexts["params"] = _parameters(tree, contexts, settings, found)
    rest = without(tree, ("targets", "tasks", "parameters"))
    made = resolve(rest, contexts, found)
    assert isinstance(made, Mapping)
    values = dict(made.values)
    templates: list[Template] = []
    tasks = tree.get("tasks")
    if isinstance(tasks, Sequence):
        templates = [_template(item, f"/tasks/{at}", contexts, found) for at, item in enumerate(tasks.items)]
        values["tasks"] = Sequence(tasks.file, tasks.start, tasks.end, [one.example for one in templates])
    elif tasks is not None:
        values["tasks"] = tasks
    for kept in ("parameters", "targets"):
        if kept in tree.values:
            values[kept] = tree.values[kept]
    values = {name: values[name] for name in tree.keys}
    whole = Mapping(tree.file, tree.start, tree.end, tree.keys, values)
    return Draft(whole, tuple(templates), tuple(found), frozenset(env.used.values()))


def mended(drafted: Draft, mend: Callable[[Mapping], Mapping]) -> Draft:
    """The draft with its tree and its templates mended alike."""
    tree = mend(drafted.tree)
    written = drafted.tree.get("tasks")
    if not isinstance(written, Sequence):
        return replace(drafted, tree=tree, templates=(), diagnostics=())
    as_written = Sequence(written.file, written.start, written.end, [one.node for one in drafted.templates])
    values = {**drafted.tree.values, "tasks": as_written}
    place = drafted.tree
    other = mend(Mapping(place.file, place.start, place.end, place.keys, values))
    nodes, examples = other.get("tasks"), tree.get("tasks")
    pairs = (
        zip(nodes.items, examples.items, drafted.templates, strict=False)
        if isinstance(nodes, Sequence) and isinstance(examples, Sequence)
        else ()
    )
    templates = [
        replace(one, node=node, example=example, axes=one.axes if "matrix" in node.values else None)
        for node, example, one in pairs
        if isinstance(node, Mapping)
    ]
    return replace(drafted, tree=tree, templates=tuple(templates), diagnostics=())


def build(drafted: Draft, folder: Path, settings: Settings) -> tuple[Spec | None, list[Diagnostic]]:
    """Bind the draft and expand its tasks. Raises Misfit where something does not have its shape."""
    keys = Table(SpecKeys).bind(drafted.tree, "", {})
    found: list[Diagnostic] = []
    total = sum(1 if one.axes is None else matrix.count(one.axes) for one in drafted.templates)
    if total > matrix.MAX_TASKS:
        message = f"the spec expands to {total:,} tasks; the limit is {matrix.MAX_TASKS:,}"
        found.append(Diagnostic("BS304", message, drafted.tree.values["tasks"].span, "/tasks"))
        return None, found
    tasks: list[Task] = []
    groups: list[range] = []
    for example, template in zip(keys.tasks, drafted.templates, strict=True):
        start = len(tasks)
        tasks += _expand(example, template, found)
        groups.append(range(start, len(tasks)))
    keys = replace(keys, tasks=())
    content = (
        drafted.tree.values["name"],
        drafted.tree.values["job"],
        *((one.node, dict(one.contexts.get("params", {}))) for one in drafted.templates),
    )
    spec = Spec(keys, tasks, tuple(groups), Graph(tasks), folder, settings.target, drafted.secrets, content)
    return spec, found


def _with_target(document: Mapping, target: str, found: list[Diagnostic]) -> Mapping:
    targets = document.get("targets")
    patch = targets.get(target) if isinstance(targets, Mapping) else None
    if patch is None:
        return document
    if not isinstance(patch, Mapping):
        message = f'target "{target}" is not a mapping of changes'
        found.append(Diagnostic("BS103", message, patch.span, f"/targets/{target}"))
        return document
    merged = merge(document, patch)
    assert isinstance(merged, Mapping)
    return merged


def _parameters(tree: Mapping, contexts: Map[str, Any], settings: Settings, found: list[Diagnostic]) -> dict[str, Any]:
    node = tree.get("parameters")
    if node is None:
        return settle({}, settings.parameters, found)
    node = resolve(node, contexts, found, "/parameters")
    declared: dict[str, Parameter] = MapOf(Table(Parameter)).bind(node, "/parameters", {})
    return settle(declared, settings.parameters, found)


def _template(node: Node, pointer: str, contexts: Contexts, found: list[Diagnostic]) -> Template:
    if not isinstance(node, Mapping) or not isinstance(node.get("matrix"), Mapping):
        example = resolve(node, contexts, found, pointer)
        shown = example if isinstance(example, Mapping) else Mapping(node.file, node.start, node.end)
        return Template(shown, pointer, example, None, contexts)
    known = resolve(node, contexts, found, pointer, defer="matrix")
    assert isinstance(known, Mapping)
    try:
        axes = MapOf(AXIS, fewest=1).bind(known.values["matrix"], f"{pointer}/matrix", {})
    except Misfit:
        return Template(known, pointer, known, {}, contexts)
    empty = next((name for name, axis in axes.items() if not matrix.axis_values(axis)), None)
    if empty is not None:
        place = known.values["matrix"].values[empty]  # type: ignore[attr-defined]  # it was bound as a mapping
        found.append(Diagnostic("BS212", f'the axis "{empty}" has no values', place.span, f"{pointer}/matrix/{empty}"))
        return Template(known, pointer, known, {}, contexts)
    first = {**contexts, "matrix": next(matrix.combinations(axes))}
    return Template(known, pointer, resolve(known, first, found, pointer), axes, contexts)


def _expand(example: Task, template: Template, found: list[Diagnostic]) -> list[Task]:
    if template.axes is None:
        return [example]
    shape = Table(Task)
    made: list[Task] = []
    shared: dict[tuple[int, type], Any] = {}
    for combination in matrix.combinations(template.axes):
        problems: list[Diagnostic] = []
        node = resolve(template.node, {**template.contexts, "matrix": combination}, problems, template.pointer)
        if problems:
            found += problems[:1]
            break
        # What the template's tasks share is bound once; what is this task's own is forgotten again.
        memory = shared if not made else dict(shared)
        made.append(shape.bind(node, template.pointer, memory))
    return made


class _Environment(Map[str, str]):
    """The caller's environment; it remembers what was read, since that may never be shown."""

    def __init__(self, environ: Map[str, str]) -> None:
        self._environ = environ
        self.used: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        value = self.used[name] = self._environ[name]
        return value

    def __iter__(self) -> Any:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)
