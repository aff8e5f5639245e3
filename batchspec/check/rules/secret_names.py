"""BS213: names are shown everywhere, so nothing from the caller's environment may be part of one."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.load import Node, Scalar, Sequence
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
        for name in task.matrix or ():
            axis, pointer = task.at("matrix", name), f"{task.pointer}/matrix/{name}"
            yield pointer, axis
            for at, item in enumerate(axis.items if isinstance(axis, Sequence) else ()):
                yield f"{pointer}/{at}", item


def _names(spec: Spec) -> Iterator[tuple[str, Node]]:
    keys = spec.keys
    yield "/name", keys.at("name")
    yield "/pool/id", keys.pool.at("id")
    yield "/job/id", keys.job.at("id")
    if keys.storage is not None:
        yield "/storage/container", keys.storage.at("container")
    for task, _ in spec.examples():
        yield f"{task.pointer}/id", task.at("id")
        yield f"{task.pointer}/name", task.at("name")
        for output in task.outputs:
            yield f"{output.pointer}/path", output.at("path")
        for item in task.inputs:
            yield f"{item.pointer}/path", item.at("path")
            yield f"{item.pointer}/to", item.at("to")
