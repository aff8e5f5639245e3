"""BS410: what comes from the caller's environment does not become a part of a command line or a script."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.credentials import is_hidden
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.reading import Node, Scalar, Sequence
from batchspec.spec.build import Spec
from batchspec.spec.model import Runs, Task

_MESSAGE = "a value from the environment is secret and becomes part of a command line"
_RARE = frozenset(("container_settings", "multi_instance_settings"))
_HINT = 'put it into environment, and read it there, in a run script as "$NAME"'


def check(spec: Spec) -> Iterator[Diagnostic]:
    """All that runs; of a template its example, since what makes a text secret is the same for all of its tasks."""
    for runs in spec.others():
        yield from _judge(runs)
    for task, _ in spec.examples():
        values = task.node.values
        if _has_expression(values.get("run") or values.get("command")) or not _RARE.isdisjoint(values):
            yield from _judge(task)


def _has_expression(node: Node | None) -> bool:
    """A quick look: whether it was made by an expression, or has one still."""
    if type(node) is Scalar:
        return isinstance(node.value, str) and "${{" in node.value
    return not isinstance(node, Sequence) or any(map(_has_expression, node.items))


def _judge(runs: Runs) -> Iterator[Diagnostic]:
    values, pointer = runs.node.values, runs.pointer
    for name in ("command", "run"):
        if name in values:
            yield from _text(values[name], f"{pointer}/{name}")
    if runs.container_settings is not None:
        settings, name = runs.container_settings, "container_run_options"
        yield from _text(settings.at(name), f"{settings.pointer}/{name}")
    if isinstance(runs, Task) and runs.multi_instance_settings is not None:
        several, name = runs.multi_instance_settings, "coordination_command_line"
        yield from _text(several.at(name), f"{several.pointer}/{name}")


def _text(node: Node, pointer: str) -> Iterator[Diagnostic]:
    if isinstance(node, Scalar):
        if is_hidden(node):
            yield finding("BS410", _MESSAGE, node, pointer, _HINT)
    elif isinstance(node, Sequence):
        for at, word in enumerate(node.items):
            yield from _text(word, f"{pointer}/{at}")
