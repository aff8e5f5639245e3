"""A document's tree with all evaluated that can be: target, parameters, expressions, matrix.

    document -> merged with its target's patch -> parameters settled -> expressions evaluated

What is left must have the spec's shape: `batchspec.spec.build` binds it, `batchspec.check` explains where it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as Map, Sequence as Seq
from dataclasses import dataclass, field, replace
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.load import Mapping, Node, Scalar, Sequence
from batchspec.spec import matrix
from batchspec.spec.model import AXIS, NAME, Parameter
from batchspec.spec.parameters import settle
from batchspec.spec.resolve import Contexts, Environment, Parameters, merge, resolve, without
from batchspec.spec.shape import MapOf, Misfit, escape
from batchspec.spec.table import Table


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
    """A task as written, with its example: itself, or its matrix's first combination. axes: None without a matrix."""

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
    environment: Environment

    def with_tasks(self, nodes: Seq[Node]) -> Draft:
        """The draft with other nodes for its tasks."""
        listed = self.tree.values["tasks"]
        return replace(self, tree=self.tree.put("tasks", Sequence(listed.file, listed.start, listed.end, [*nodes])))

    def with_task(self, at: int, node: Node) -> Draft:
        """The draft with another of a template's tasks as its example."""
        nodes: list[Node] = [one.example for one in self.templates]
        return self.with_tasks([*nodes[:at], node, *nodes[at + 1 :]])


def draft(document: Mapping, settings: Settings) -> Draft:
    """Evaluate all that can be; the rest stays as it was written."""
    found: list[Diagnostic] = []
    env = Environment(settings.environ)
    tree = _with_target(document, settings.target, found)
    name = tree.get("name")
    contexts: dict[str, Map[str, Any]] = {
        "env": env,
        "target": {"name": settings.target},
        "spec": {"name": name.value if isinstance(name, Scalar) and isinstance(name.value, str) else ""},
    }
    parameters, contexts["params"] = _parameters(tree, contexts, settings, found)
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
    if parameters is not None:
        values["parameters"] = parameters
    if "targets" in tree.values:
        values["targets"] = tree.values["targets"]
    values = {name: values[name] for name in tree.keys}
    whole = Mapping(tree.file, tree.start, tree.end, tree.keys, values)
    return Draft(whole, tuple(templates), tuple(found), env)


def mended(drafted: Draft, mend: Callable[[Mapping], Mapping]) -> Draft:
    """The draft with its tree and its templates mended alike."""
    tree = mend(drafted.tree)
    examples = _tasks(tree)
    if not drafted.templates:  # the list itself was mended
        templates = [Template(node, f"/tasks/{at}", node, None, {}) for at, node in enumerate(examples)]
        return replace(drafted, tree=tree, templates=tuple(templates), diagnostics=())
    nodes = _tasks(mend(drafted.with_tasks([one.node for one in drafted.templates]).tree))
    templates = [
        replace(one, node=node, example=example, axes=one.axes if "matrix" in node.values else None)
        for node, example, one in zip(nodes, examples, drafted.templates, strict=True)
    ]
    return replace(drafted, tree=tree, templates=tuple(templates), diagnostics=())


def _tasks(tree: Mapping) -> list[Mapping]:
    listed = tree.get("tasks")
    return [node for node in listed.items if isinstance(node, Mapping)] if isinstance(listed, Sequence) else []


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


def _parameters(
    tree: Mapping, contexts: Contexts, settings: Settings, found: list[Diagnostic]
) -> tuple[Node | None, Parameters]:
    """The declarations evaluated, and the values. A declaration without its shape is for the schema to explain."""
    node = tree.get("parameters")
    node = node and resolve(node, contexts, found, "/parameters")
    declared: dict[str, Parameter] = {}
    unknown: set[str] = set() if node is None or isinstance(node, Mapping) else set(settings.parameters)
    hidden: set[str] = set()
    for name, declaration in node.items() if isinstance(node, Mapping) else ():
        try:
            parameter = Table(Parameter).bind(declaration, f"/parameters/{escape(name)}", {})
        except Misfit:
            unknown.add(name)
            continue
        default = parameter.at("default")
        is_given = name in settings.parameters
        if isinstance(default, Scalar) and default.secret and not is_given:
            hidden.add(name)
        if not is_given and isinstance(parameter.default, str) and "${{" in parameter.default:
            unknown.add(name)
        else:
            declared[name] = parameter
    given = {name: value for name, value in settings.parameters.items() if name not in unknown}
    made = Parameters(settle(declared, given, found))
    made.hidden = frozenset(hidden)
    made.withheld = frozenset(unknown | declared.keys() - made.keys())
    return node, made


def _template(node: Node, pointer: str, contexts: Contexts, found: list[Diagnostic]) -> Template:
    if not isinstance(node, Mapping) or "matrix" not in node.values:
        example = resolve(node, contexts, found, pointer)
        shown = example if isinstance(example, Mapping) else Mapping(node.file, node.start, node.end)
        return Template(shown, pointer, example, None, contexts)
    known = resolve(node, contexts, found, pointer, defer="matrix")
    assert isinstance(known, Mapping)
    try:
        axes = MapOf(AXIS, NAME, fewest=1).bind(known.values["matrix"], f"{pointer}/matrix", {})
    except Misfit:
        return Template(known, pointer, known, None, contexts)
    empty = next((name for name, axis in axes.items() if not matrix.axis_values(axis)), None)
    if empty is not None:
        place = known.values["matrix"].values[empty]  # type: ignore[attr-defined]  # it was bound as a mapping
        message, hint = f'the axis "{empty}" has no values', "give it one, or take the task out"
        found.append(Diagnostic("BS212", message, place.span, f"{pointer}/matrix/{empty}", hint))
        return Template(known, pointer, known, None, contexts)
    first = {**contexts, "matrix": matrix.first(axes)}
    return Template(known, pointer, resolve(known, first, found, pointer), axes, contexts)
