"""BS203, BS204, BS206: what a task waits for is there, has something to give, and does not wait for the task."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.load import Node, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.model import Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Unknown references once per template and place; then one cycle, named whole."""
    for group in spec.groups:
        told: set[str] = set()
        for task in spec.tasks[group.start : group.stop]:
            for reference, node, pointer in _references(task):
                if pointer not in told and not spec.graph.knows(reference):
                    told.add(pointer)
                    yield _unknown(spec, task, reference, node, pointer)
            for at, item in enumerate(task.inputs):
                pointer = f"{item.pointer}/task"
                if item.task is not None and pointer not in told and _gives_nothing(spec, item.task):
                    told.add(pointer)
                    message = f'task "{task.id}" takes the outputs of "{item.task}", which declares none'
                    hint = f'declare them: outputs: [{{path: ...}}] in "{item.task}", or use depends_on'
                    yield finding("BS206", message, task.inputs[at].at("task"), pointer, hint)
    for cycle in spec.graph.cycles():
        yield _cycle(spec, cycle)


def _references(task: Task) -> Iterator[tuple[str, Node, str]]:
    listed = task.node.get("depends_on")
    nodes = listed.items if isinstance(listed, Sequence) else []
    for at, (reference, node) in enumerate(zip(task.depends_on, nodes, strict=False)):
        yield reference, node, f"{task.pointer}/depends_on/{at}"
    for item in task.inputs:
        if item.task is not None:
            yield item.task, item.at("task"), f"{item.pointer}/task"


def _unknown(spec: Spec, task: Task, reference: str, node: Node, pointer: str) -> Diagnostic:
    others = (name for name in (*spec.graph.by_id, *spec.graph.groups) if name not in (task.id, task.name))
    near = get_close_matches(reference, others, 1, 0.6)
    message = f'task "{task.id}" depends on "{reference}", which the spec does not define'
    return finding("BS203", message, node, pointer, f'did you mean "{near[0]}"?' if near else None)


def _gives_nothing(spec: Spec, reference: str) -> bool:
    members = spec.graph.members(reference)
    return bool(members) and not any(spec.graph.by_id[member].outputs for member in members)


def _cycle(spec: Spec, cycle: list[str]) -> Diagnostic:
    task = spec.graph.by_id[cycle[0]]
    follower = cycle[1] if len(cycle) > 1 else cycle[0]
    shown = [*cycle[:10], "..."] if len(cycle) > 10 else [*cycle, cycle[0]]
    message = (
        f"tasks wait for each other: {' -> '.join(shown)}" if len(cycle) > 1 else f'task "{task.id}" waits for itself'
    )
    for reference, node, pointer in _references(task):
        if follower in spec.graph.members(reference):
            return finding("BS204", message, node, pointer, "take one of these dependencies away")
    return finding("BS204", message, task.at("id"), f"{task.pointer}/id", "take one of these dependencies away")
