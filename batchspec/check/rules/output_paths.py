"""BS404, BS412: outputs come from the task's own directory, by plain paths, and come home from the spec's container.

That directory has the working directory, wd, and what the task has printed: `../stdout.txt`, from wd. What goes to a
destination of its own may come from anywhere; outside of the task's directory that is a warning.
Mounts are here, too: they stay below the folder for mounts.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.pools import pools
from batchspec.check.rule import finding
from batchspec.diag import Diagnostic, Severity
from batchspec.spec.build import Spec
from batchspec.spec.files import leaves, plain
from batchspec.spec.model import Output
from batchspec.spec.table import Bound


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Every output of every task, told once for each place."""
    job = spec.keys.job
    manager = job.job_manager_task if job is not None else None
    yield from _each(manager.outputs if manager is not None else ())
    for group in spec.groups:
        told: set[tuple[str, str]] = set()
        previous: object = None
        for task in spec.tasks[group.start : group.stop] if group and spec.tasks[group.start].outputs else ():
            here = task.outputs
            for found in _each(here) if here is not previous else ():  # what tasks share is one value
                if (found.code, found.pointer) not in told:
                    told.add((found.code, found.pointer))
                    yield found
            previous = here
    for pool in pools(spec):
        for mount in pool.mount_configuration or ():
            for kind in mount.__dict__.values():
                yield from _mount(kind) if isinstance(kind, Bound) else ()


def _each(outputs: tuple[Output, ...]) -> Iterator[Diagnostic]:
    kept: set[str] | None = None  # what stays in the spec's container; made when it is asked for
    for output in outputs:
        yield from _of(output)
        name = output.path.removeprefix("../")
        if name == output.path or output.destination is not None:
            continue
        if kept is None:
            kept = {other.path for other in outputs if other.destination is None}
        if name in kept:
            message = f'the outputs "{output.path}" and "{name}" would be kept under one name'
            hint = "give the one in the working directory another name"
            yield finding("BS404", message, output.at("path"), f"{output.pointer}/path", hint)


def _is_good(output: Output) -> bool:
    """A quick look, since there may be a million of them."""
    path = output.path
    odd = path.startswith(".") or "/" in path or "\\" in path or "\0" in path
    return not odd and not (output.download and output.destination is not None)


def _of(output: Output) -> Iterator[Diagnostic]:
    if _is_good(output):
        return
    place, pointer = output.at("path"), f"{output.pointer}/path"
    path = output.path.removeprefix("../")  # the task's own directory: stdout.txt is there, beside wd
    if output.destination is not None:
        if leaves(path.replace("\\", "/")):  # which the service takes, as the REST document of filePattern says
            yield finding("BS404", _outside(output), place, pointer, "name it from the working directory").at(
                Severity.WARNING
            )
    elif leaves(path.replace("\\", "/")):
        hint = "write it into the working directory, and name it from there"
        yield finding("BS404", _outside(output), place, pointer, hint)
    elif plain(path) != path or path == "." or "\\" in path or (path.startswith("wd/") and path != output.path):
        # A blob is stored under this name, and asked for by it: two spellings would be two blobs.
        yield finding("BS404", f'the output "{output.path}" is no plain path of a file', place, pointer, _plainly(path))
    if output.download and output.destination is not None:
        message = f'the output "{output.path}" goes to a destination of your own, from where it is not downloaded'
        hint = "leave destination or download out; two outputs of one path do both"
        yield finding("BS412", message, output.at("download"), f"{output.pointer}/download", hint)


def _outside(output: Output) -> str:
    return f'the output "{output.path}" is outside the task\'s directory'


def _plainly(path: str) -> str:
    written = plain(path.removeprefix("wd/").replace("\\", "/"))
    return f"write it as {written}" if written != "." else "name its files: **"


def _mount(kind: Bound) -> Iterator[Diagnostic]:
    path = kind.__dict__.get("relative_mount_path")
    if isinstance(path, str) and leaves(path):
        message = f'the mount path "{path}" is outside the folder for mounts'
        node, pointer = kind.at("relative_mount_path"), f"{kind.pointer}/relative_mount_path"
        yield finding("BS404", message, node, pointer, "name a folder below it")
