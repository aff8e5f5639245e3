"""BS213: names are shown everywhere, so nothing from the caller's environment may be part of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.reading import Mapping, Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.table import Bound


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Ids, names and paths that were made with `env`."""
    for pointer, node in _axes(spec):
        if isinstance(node, Scalar) and node.secret:
            message = "a value from the environment is secret and cannot be an axis's value"
            hint = "name it in the task itself, where it is needed"
            yield finding("BS213", message, node, pointer, hint)
    for bound, name in _names(spec):
        named = bound.node.values.get(name)
        if isinstance(named, Scalar) and named.secret:
            message = "a value from the environment is secret and cannot be part of a name"
            hint = 'declare a parameter and give it: -p name="$NAME"'
            yield finding("BS213", message, named, f"{bound.pointer}/{name}", hint)


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


def _names(spec: Spec) -> Iterator[tuple[Bound, str]]:
    """What has a name, and the key of that."""
    keys = spec.keys
    yield keys, "name"
    for bound, name in ((keys.pool, "id"), (keys.job, "id"), (keys.storage, "container")):
        if bound is not None:
            yield bound, name
    for task, _ in spec.examples():
        yield task, "id"
        yield task, "name"
        for output in task.outputs:
            yield output, "path"
        for item in task.inputs:
            yield item, "path"
            yield item, "to"
