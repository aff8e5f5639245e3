"""BS404, BS412: outputs come from the task's own directory, by plain paths, and come home from the spec's container.

Mounts are here, too: they stay below the folder for mounts.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.files import leaves, plain
from batchspec.spec.model import Output
from batchspec.spec.table import Bound


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Every output of every task, told once for each place."""
    job = spec.keys.job
    manager = job.job_manager_task if job is not None else None
    for output in manager.outputs if manager is not None else ():
        yield from _of(output)
    for group in spec.groups:
        told: set[tuple[str, str]] = set()
        previous: object = None
        for task in spec.tasks[group.start : group.stop] if group and spec.tasks[group.start].outputs else ():
            here = task.outputs
            for output in here if here is not previous else ():  # what tasks share is one value
                for found in _of(output):
                    if (found.code, found.pointer) not in told:
                        told.add((found.code, found.pointer))
                        yield found
            previous = here
    for pool in pools(spec):
        for mount in pool.mount_configuration or ():
            for kind in mount.__dict__.values():
                yield from _mount(kind) if isinstance(kind, Bound) else ()


def _is_good(output: Output) -> bool:
    """A quick look, since there may be a million of them."""
    path = output.path
    odd = path.startswith(".") or "/" in path or "\\" in path or "\0" in path
    return not odd and not (output.download and output.destination is not None)


def _of(output: Output) -> Iterator[Diagnostic]:
    if _is_good(output):
        return
    place, pointer = output.at("path"), f"{output.pointer}/path"
    if leaves(output.path):
        message = f'the output "{output.path}" is outside the task\'s working directory'
        yield finding("BS404", message, place, pointer, "write it into the working directory, and name it from there")
    elif plain(output.path) != output.path or output.path == ".":
        # A blob is stored under this name, and asked for by it: two spellings would be two blobs.
        hint = f"write it as {plain(output.path)}" if plain(output.path) != "." else "name its files: **"
        yield finding("BS404", f'the output "{output.path}" is no plain path of a file', place, pointer, hint)
    if output.download and output.destination is not None:
        message = f'the output "{output.path}" goes to a destination of your own, from where it is not downloaded'
        hint = "leave destination or download out; two outputs of one path do both"
        yield finding("BS412", message, output.at("download"), f"{output.pointer}/download", hint)


def _mount(kind: Bound) -> Iterator[Diagnostic]:
    path = kind.__dict__.get("relative_mount_path")
    if isinstance(path, str) and leaves(path):
        message = f'the mount path "{path}" is outside the folder for mounts'
        node, pointer = kind.at("relative_mount_path"), f"{kind.pointer}/relative_mount_path"
        yield finding("BS404", message, node, pointer, "name a folder below it")
