"""A draft to the typed spec: bound, and its templates expanded.

Shape faults are not described here: `batchspec.check` compares `Draft.tree` with the schema for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping as Map, Sequence as Seq
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.reading.limits import MAX_FINDINGS
from batchspec.spec.draft import Draft, Settings
from batchspec.spec.expand import expand
from batchspec.spec.expression import BadExpression, File, Piece, pieces
from batchspec.spec.graph import Graph
from batchspec.spec.model import PoolSpecification, Runs, SpecKeys, Task
from batchspec.spec.resolve import Environment, Parameters, is_open
from batchspec.spec.shape import Memory
from batchspec.spec.table import Table
from batchspec.spec.template import Template

HIGHEST = 10_000_000  # tasks: more is a slip of the pen


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
    work: tuple[Any, ...]  # what defines its tasks: nodes and values, templates not expanded
    as_of: date | None = None  # the day by which retirements are judged
    allow_outside: bool = False
    document: Mapping | None = None  # as it was written, with all of its targets and what it includes
    lenient: bool = False  # it is to be looked at, not run: inputs may be missing, and values unknown
    partial: bool = False  # so may the files of a matrix, and with them tasks

    @property
    def machines(self) -> PoolSpecification | None:
        """The machines that the job's tasks run on: the spec's pool, or the job's own; None when others made them."""
        job = self.keys.job
        if job is not None and job.pool_info is not None:
            own, pool = job.pool_info.auto_pool_specification, self.keys.pool
            if own is None and pool is not None and job.pool_info.pool_id == pool.id:
                return pool
            return own.pool if own is not None else None
        return self.keys.pool

    def others(self) -> Iterator[Runs]:
        """What runs beside the tasks: start task, preparation, release and job manager."""
        machines, job = self.machines or self.keys.pool, self.keys.job
        listed: list[Runs | None] = [machines.start_task if machines is not None else None]
        if job is not None:
            listed += [job.prepare, job.release, job.job_manager_task]
        return (one for one in listed if one is not None)

    def examples(self) -> list[tuple[Task, int]]:
        """The first task of each template, and how many it stands for."""
        return self._examples

    @cached_property
    def _examples(self) -> list[tuple[Task, int]]:
        return [(self.tasks[group.start], len(group)) for group in self.groups if group]


@dataclass
class Built:
    """What a draft gives. misfits: of each template the first task without the shape, which its example has."""

    spec: Spec | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    misfits: dict[int, Node] = field(default_factory=dict)  # by the template's index


def build(drafted: Draft, folder: Path, settings: Settings, bound: Memory | None = None) -> Built:
    """Bind the draft and expand its tasks. Raises Misfit where the tree does not have its shape.

    bound: what was bound of the draft's nodes before, and after this call is.
    """
    keys = Table(SpecKeys).bind(drafted.tree, "", {} if bound is None else bound)
    built = Built()
    total = sum(1 if one.combinations is None else one.combinations.most for one in drafted.templates)
    if total > settings.max_tasks:
        message = f"the spec expands to more than {settings.max_tasks:,} tasks"
        hint = "give --max-tasks, if that is meant" if settings.max_tasks < total <= HIGHEST else None
        built.diagnostics.append(Diagnostic("BS304", message, drafted.tree.keys["tasks"].span, "/tasks", hint))
        return built
    tasks: list[Task] = []
    groups: list[range] = []
    for at, (example, template) in enumerate(zip(keys.tasks, drafted.templates, strict=True)):
        start = len(tasks)
        if template.combinations is None:
            tasks.append(example)
        else:
            _expand(template, at, tasks, built)
        groups.append(range(start, len(tasks)))
    built.spec = Spec(
        keys=keys,
        tasks=tasks,
        groups=tuple(groups),
        graph=Graph(tasks),
        folder=folder,
        target=settings.target,
        secrets=drafted.environment.secrets,
        work=_work(drafted),
        as_of=settings.as_of,
        allow_outside=settings.allow_outside,
        document=drafted.document,
        lenient=settings.lenient,
        partial=drafted.partial,
    )
    return built


def _expand(template: Template, at: int, tasks: list[Task], built: Built) -> None:
    for made in expand(template):
        if isinstance(made, Task):
            tasks.append(made)
        elif made.misfit is not None:
            built.misfits.setdefault(at, made.misfit)
        elif made.unset is not None:
            tasks.append(made.unset)
            built.diagnostics += made.problems if len(built.diagnostics) < MAX_FINDINGS else ()
        else:
            built.diagnostics += made.problems
            break


def _work(drafted: Draft) -> tuple[Any, ...]:
    """What defines the job's tasks, with what the job gives to each of them."""
    values = drafted.tree.values
    job = values.get("job")
    given = job.get("inputs") if isinstance(job, Mapping) else None
    return (given, values.get("logs"), *((one.node, _shared(one, drafted.environment)) for one in drafted.templates))


def _shared(template: Template, environment: Environment) -> Map[str, Any]:
    """What a matrix's expressions speak of beside the text itself; without a matrix none is left."""
    if template.combinations is None:
        return {}
    left = list(_left(template.node))
    params = template.contexts["params"]
    secret = params.hidden if isinstance(params, Parameters) else ()
    shared: dict[str, Any] = {"hidden": any(piece.is_secret(secret) for piece in left)}
    for context, values in {**template.contexts, "env": environment.used}.items():
        names = {name for piece in left for name in piece.names(context)}
        shared[context] = {name: value for name, value in values.items() if name in names or "" in names}
    found = [list(axis) for axis in template.combinations.axes if axis and isinstance(axis[0], (File, dict))]
    return {**shared, "found": found} if found else shared


def _left(node: Node) -> Iterator[Piece]:
    """The expressions that each combination evaluates anew."""
    if isinstance(node, Scalar):
        with suppress(BadExpression):  # one that is not closed, of a spec that never runs
            yield from pieces(node.value) if is_open(node) else ()
        return
    for below in node.items if isinstance(node, Sequence) else cast("Mapping", node).values.values():
        yield from _left(below)
