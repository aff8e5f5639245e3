"""BS213: names are shown everywhere, so nothing from the caller's environment may be part of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.load import Mapping, Node, Scalar, Sequence
from batchspec.spec.build import Spec


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Ids, names and paths that were made with `env`."""
    for pointer, node in _axes(spec):
        if isinstance(node, Scalar) and node.secret:
            message = "a value from the environment is secret and cannot be an axis's value"
            hint = "name it in the task itself, where it is needed"
            yield finding("BS213", message, node, pointer, hint)
    for pointer, node in _names(spec):
        if isinstance(node, Scalar) and node.secret:
            message = "a value from the environment is secret and cannot be part of a name"
            hint = 'declare a parameter and give it: -p name="$NAME"'
            yield finding("BS213", message, node, pointer, hint)


def _axes(spec: Spec) -> Iterator[tuple[str, Node]]:
    """Values of matrices: what is made with them does not show any more that it is secret."""
    for task, _ in spec.examples():
        if task.matrix is not None:
            yield from _below(f"{task.pointer}/matrix", task.matrix.node)


def _below(pointer: str, node: Node) -> Iterator[tuple[str, Node]]:
    yield pointer, node
    if isinstance(node, Mapping):
        inner: Iterable[tuple[Any, Node]] = node.items()
    else:
        inner = enumerate(node.items) if isinstance(node, Sequence) else ()
    for step, child in inner:
        yield from _below(f"{pointer}/{step}", child)


def _names(spec: Spec) -> Iterator[tuple[str, Node]]:
    keys = spec.keys
    yield "/name", keys.at("name")
    for bound, name in ((keys.pool, "id"), (keys.job, "id"), (keys.storage, "container")):
        if bound is not None:
            yield f"{bound.pointer}/{name}", bound.at(name)
    for task, _ in spec.examples():
        yield f"{task.pointer}/id", task.at("id")
        yield f"{task.pointer}/name", task.at("name")
        for output in task.outputs:
            yield f"{output.pointer}/path", output.at("path")
        for item in task.inputs:
            yield f"{item.pointer}/path", item.at("path")
            yield f"{item.pointer}/to", item.at("to")
