"""BS404: outputs come from the task's own directory."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.files import leaves


def check(spec: Spec) -> Iterator[Diagnostic]:
    """No output pattern leaves the working directory."""
    for task, _ in spec.examples():
        for output in task.outputs:
            if leaves(output.path):
                message = f'the output "{output.path}" is outside the task\'s working directory'
                hint = "write it into the working directory, and name it from there"
                yield finding("BS404", message, output.at("path"), f"{output.pointer}/path", hint)
