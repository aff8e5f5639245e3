"""BS404: outputs come from the task's own directory, and their paths are plain."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding, once
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.files import leaves, plain
from batchspec.spec.model import Output


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Every output of every task, told once for each place."""
    return once(found for task in spec.tasks for output in task.outputs for found in _of(output))


def _of(output: Output) -> Iterator[Diagnostic]:
    place, pointer = output.at("path"), f"{output.pointer}/path"
    if leaves(output.path):
        message = f'the output "{output.path}" is outside the task\'s working directory'
        yield finding("BS404", message, place, pointer, "write it into the working directory, and name it from there")
    elif plain(output.path) != output.path or output.path == ".":
        # A blob is stored under this name, and asked for by it: two spellings would be two blobs.
        hint = f"write it as {plain(output.path)}" if plain(output.path) != "." else "name its files: **"
        yield finding("BS404", f'the output "{output.path}" is no plain path of a file', place, pointer, hint)
