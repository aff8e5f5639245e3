"""A document's tree with all evaluated that can be: target, parameters, expressions, matrix.

    document -> merged with its target's patch -> parameters settled -> expressions evaluated

What is left must have the spec's shape: `batchspec.spec.build` binds it, `batchspec.check` explains where it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as Map, Sequence as Seq
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.source import SourceFile, read
from batchspec.spec.axes import World
from batchspec.spec.budget import Budget
from batchspec.spec.known import known
from batchspec.spec.matrix import MAX_TASKS
from batchspec.spec.model import Parameter
from batchspec.spec.parameters import given, settle
from batchspec.spec.resolve import Contexts, Environment, Parameters, is_open, merge, resolve, without
from batchspec.spec.shape import Misfit, escape
from batchspec.spec.table import Table
from batchspec.spec.template import Template
from batchspec.spec.templates import templates_of


@dataclass(frozen=True)
class Settings:
    """What the caller brings: parameters, the target's name ("" for none), and the environment.

    offline: a variable of the environment that is not set is a note, not an error: a pull request has no secrets.
    lenient: who looks at work that is there, or clears it away, does without what only running needs: it is a note.
    as_of: the day by which retirements are judged; the catalogue's own when not given.
    params_files: files of parameters; listed: what is in them, with its places.
    allow_outside: paths that say plainly that they leave the spec's folder tree may do so.
    budget: what expressions may still cost, all documents and targets of a file together.
    """

    parameters: Map[str, Any] = field(default_factory=dict)
    target: str = ""
    environ: Map[str, str] = field(default_factory=dict)
    offline: bool = False
    as_of: date | None = None
    params_files: tuple[Path, ...] = ()
    listed: Map[str, Node] = field(default_factory=dict)
    allow_outside: bool = False
    max_tasks: int = MAX_TASKS
    read: Callable[[Path], SourceFile] = read
    budget: Budget = field(default_factory=Budget, compare=False)
    lenient: bool = False


@dataclass(frozen=True)
class Draft:
    """A document with its expressions evaluated: what has to have the spec's shape."""

    tree: Mapping
    templates: tuple[Template, ...]
    diagnostics: tuple[Diagnostic, ...]
    environment: Environment
    document: Mapping  # as it was written, with all of its targets
    partial: bool = False  # not all of its tasks are known

    def with_tasks(self, nodes: Seq[Node]) -> Draft:
        """The draft with other nodes for its tasks."""
        listed = self.tree.values["tasks"]
        return replace(self, tree=self.tree.put("tasks", Sequence(listed.file, listed.start, listed.end, [*nodes])))


def draft(document: Mapping, settings: Settings) -> Draft:
    """Evaluate all that can be; the rest stays as it was written."""
    found: list[Diagnostic] = []
    env = Environment(settings.environ, settings.budget)
    tree = _with_target(document, settings.target, found)
    name = tree.get("name")
    contexts: dict[str, Map[str, Any]] = {
        "env": env,
        "target": {"name": settings.target},
        "spec": {"name": name.value if isinstance(name, Scalar) and isinstance(name.value, str) else ""},
    }
    parameters, contexts["params"] = _parameters(tree, contexts, settings, env, found)
    defaults = _defaults(tree, contexts, found)
    made = resolve(_without_tasks(tree), contexts, found)
    assert isinstance(made, Mapping)
    values = {**{name: node for name, node in tree.values.items() if name in _AS_WRITTEN}, **made.values}
    if defaults is not None:
        values["job"] = _with_defaults(values["job"], defaults)
    templates: tuple[Template, ...] = ()
    partial = False
    tasks = tree.get("tasks")
    if isinstance(tasks, Sequence):
        world = World(document.file.folder, settings.read, settings.allow_outside, settings.max_tasks, settings.lenient)
        templates = templates_of(tasks, defaults, contexts, world, found)
        partial = any(one.missing for one in templates)
        templates = known(templates) if partial else templates
        values["tasks"] = Sequence(tasks.file, tasks.start, tasks.end, [one.example for one in templates])
        tree = without(tree, ("tasks",)) if partial and not templates else tree
    if parameters is not None:
        values["parameters"] = parameters
    values = {name: values[name] for name in tree.keys}
    whole = Mapping(tree.file, tree.start, tree.end, tree.keys, values)
    return Draft(whole, templates, tuple(found), env, document, partial)


_AS_WRITTEN = ("targets", "tasks", "parameters", "include")  # evaluated on their own, or not at all


def _without_tasks(tree: Mapping) -> Mapping:
    """What is evaluated as a whole."""
    rest = without(tree, _AS_WRITTEN)
    job = rest.get("job")
    if not isinstance(job, Mapping) or not isinstance(job.get("task_defaults"), Mapping):
        return rest
    return Mapping(rest.file, rest.start, rest.end, rest.keys, {**rest.values, "job": without(job, ("task_defaults",))})


def _defaults(tree: Mapping, contexts: Contexts, found: list[Diagnostic]) -> Mapping | None:
    """What all tasks have beneath their own; what speaks of the matrix is left for each of them."""
    job = tree.get("job")
    node = job.get("task_defaults") if isinstance(job, Mapping) else None
    if not isinstance(node, Mapping):
        return None
    made = resolve(node, contexts, found, "/job/task_defaults", defer="matrix")
    assert isinstance(made, Mapping)
    return made


def _with_defaults(job: Node, defaults: Mapping) -> Node:
    """The job with its tasks' defaults, but for those that only a task of a matrix can have."""
    assert isinstance(job, Mapping)
    return job.put("task_defaults", without(defaults, [name for name, node in defaults.items() if is_open(node)]))


def mended(drafted: Draft, mend: Callable[[Mapping], Mapping]) -> Draft:
    """The draft with its tree and its templates mended alike."""
    tree = mend(drafted.tree)
    examples = _tasks(tree)
    nodes = _tasks(mend(drafted.with_tasks([one.node for one in drafted.templates]).tree)) if drafted.templates else []
    if not len(nodes) == len(examples) == len(drafted.templates):  # the list itself was mended, or a task has no shape
        templates = [Template(node, f"/tasks/{at}", node, None, {}) for at, node in enumerate(examples)]
        return replace(drafted, tree=tree, templates=tuple(templates), diagnostics=())
    templates = [
        replace(one, node=node, example=example, combinations=one.combinations if "matrix" in node.values else None)
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
    if "include" in patch.values:
        message, hint = "a target cannot include files", "include them at the top of the spec"
        found.append(Diagnostic("BS109", message, patch.keys["include"].span, f"/targets/{target}/include", hint))
        patch = patch.put("include", None)
    merged = merge(document, patch)
    assert isinstance(merged, Mapping)
    return merged


def _parameters(
    tree: Mapping, contexts: Contexts, settings: Settings, env: Environment, found: list[Diagnostic]
) -> tuple[Node | None, Parameters]:
    """The declarations evaluated, and the values. A declaration without its shape is for the schema to explain."""
    node = tree.get("parameters")
    node = node and resolve(node, contexts, found, "/parameters")
    names = list(node.values) if isinstance(node, Mapping) else []
    brought = given(names, settings.environ, settings.listed, settings.parameters)
    declared: dict[str, Parameter] = {}
    unknown: set[str] = set() if node is None or isinstance(node, Mapping) else set(brought)
    hidden: set[str] = set()
    for name, declaration in node.items() if isinstance(node, Mapping) else ():
        try:
            parameter = Table(Parameter).bind(declaration, f"/parameters/{escape(name)}", {})
        except Misfit:
            unknown.add(name)
            continue
        default = parameter.at("default")
        if parameter.secret or (isinstance(default, Scalar) and default.secret and name not in brought):
            hidden.add(name)
        if name not in brought and is_open(default):
            unknown.add(name)
        else:
            declared[name] = parameter
    made = Parameters(settle(declared, {name: one for name, one in brought.items() if name not in unknown}, found))
    for name in hidden & made.keys():
        env.hide(made[name])
    made.hidden = frozenset(hidden)
    made.withheld = frozenset(unknown | declared.keys() - made.keys())
    if settings.lenient:
        made.unneeded = frozenset(
            name
            for name in made.withheld & declared.keys() - brought.keys()
            if declared[name].secret and not declared[name].has("default")
        )
    return node, made
