"""BS203, BS204, BS206: what a task waits for is there, has something to give, and does not wait for the task."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from batchspec.check.rule import finding
from batchspec.check.waiting import waiting
from batchspec.diag import Diagnostic
from batchspec.reading import Node, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.model import IdRange, Task

# To find what is near a word takes time, and a hostile spec may have thousands of unknown words.
_MOST_SUGGESTIONS = 20
_MOST_NAMES = 20_000  # that are looked at for one
_MOST_COMPARED = 500


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Unknown references once per template and place; then each cycle, named whole."""
    suggestions = 0
    nothing: dict[str, bool] = {}
    for _, tasks in waiting(spec):
        told: set[str] = set()
        for task in tasks:
            for reference, node, pointer in _unknown_ones(spec, task):
                if pointer not in told:
                    told.add(pointer)
                    suggestions += 1
                    yield _unknown(spec, task, reference, node, pointer, suggest=suggestions <= _MOST_SUGGESTIONS)
            for item in task.inputs:
                if item.task is None or f"{item.pointer}/task" in told:
                    continue
                if item.task not in nothing:
                    nothing[item.task] = _gives_nothing(spec, item.task)
                if not nothing[item.task]:
                    continue
                told.add(f"{item.pointer}/task")
                message = f'task "{task.id}" takes the outputs of "{item.task}", which declares none'
                hint = f'declare them: outputs: [{{path: ...}}] in "{item.task}", or use depends_on'
                yield finding("BS206", message, item.at("task"), f"{item.pointer}/task", hint)
    for cycle in () if _is_in_order(spec) else spec.graph.cycles():
        yield _cycle(spec, cycle)


def _is_in_order(spec: Spec) -> bool:
    """Whether every task waits for earlier ones alone, as most specs have it: then there is no circle to look for."""
    graph = spec.graph
    position = {id_: at for at, id_ in enumerate(graph.by_id)}
    latest = {name: position[ids[-1]] for name, ids in graph.groups.items()}
    latest.update(position)  # an id goes before a name
    for _, tasks in waiting(spec):
        for task in tasks:
            here = position[task.id]
            for name in (*task.depends_on, *[item.task for item in task.inputs if item.task is not None]):
                if not isinstance(name, str) or latest.get(name, -1) >= here:
                    return False
    return True


def _unknown_ones(spec: Spec, task: Task) -> list[tuple[str, Node, str]]:
    knows = spec.graph.knows
    named = [name for name in task.depends_on if isinstance(name, str)]
    named += [item.task for item in task.inputs if item.task is not None]
    return [] if all(map(knows, named)) else [one for one in _references(task) if not knows(one[0])]


def _references(task: Task) -> Iterator[tuple[str, Node, str]]:
    listed = task.node.get("depends_on")
    nodes = listed.items if isinstance(listed, Sequence) else []
    for at, (reference, node) in enumerate(zip(task.depends_on, nodes, strict=False)):
        if isinstance(reference, str):
            yield reference, node, f"{task.pointer}/depends_on/{at}"
    for item in task.inputs:
        if item.task is not None:
            yield item.task, item.at("task"), f"{item.pointer}/task"


def _unknown(spec: Spec, task: Task, reference: str, node: Node, pointer: str, *, suggest: bool) -> Diagnostic:
    near = _near(spec, task, reference) if suggest else []
    message = f'task "{task.id}" depends on "{reference}", which the spec does not define'
    return finding("BS203", message, node, pointer, f'did you mean "{near[0]}"?' if near else None)


def _near(spec: Spec, task: Task, reference: str) -> list[str]:
    from difflib import get_close_matches  # only a wrong one needs it

    graph, word = spec.graph, reference[:64]
    names = (name for name in (*graph.groups, *islice(graph.by_id, _MOST_NAMES)) if name not in (task.id, task.name))
    if len(graph.by_id) > _MOST_COMPARED:
        names = (name for name in names if abs(len(name) - len(word)) < 4 and {name[0], name[-1]} & {word[0], word[-1]})
    return get_close_matches(word, islice(names, _MOST_COMPARED), 1, 0.6)


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
    hint = "take one of these dependencies away"
    for reference, node, pointer in _references(task):
        if follower in spec.graph.members(reference):
            return finding("BS204", message, node, pointer, hint)
    for item in task.depends_on:
        if isinstance(item, IdRange) and follower.isdecimal() and item.start <= int(follower) <= item.end:
            return finding("BS204", message, item.at("start"), item.pointer, hint)
    return finding("BS204", message, task.at("id"), f"{task.pointer}/id", hint)
