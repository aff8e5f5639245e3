"""BS206: what a task takes from another is kept in the spec's container when that one has succeeded."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import Output

_HINT = "an output with a destination of its own, or with when: failure, cannot be taken; declare another"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each template's example; what declares no outputs at all is told by `dependencies`."""
    if not any(not _is_kept(output) for task, _ in spec.examples() for output in task.outputs):
        return
    nothing: dict[str, bool] = {}
    for task, _ in spec.examples():
        for item in task.inputs:
            name = item.task
            if name is None:
                continue
            if name not in nothing:
                nothing[name] = _keeps_nothing(spec, name)
            if nothing[name]:
                message = f'task "{task.id}" takes the outputs of "{name}", of which none is kept for other tasks'
                yield finding("BS206", message, item.at("task"), f"{item.pointer}/task", _HINT)


def _keeps_nothing(spec: Spec, reference: str) -> bool:
    outputs = [output for member in spec.graph.members(reference) for output in spec.graph.by_id[member].outputs]
    return bool(outputs) and not any(map(_is_kept, outputs))


def _is_kept(output: Output) -> bool:
    return output.destination is None and output.when != "failure"
