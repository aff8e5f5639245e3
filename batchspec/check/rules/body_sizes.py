"""BS340, BS341: a variable that a process can be started with, and a task that fits into one request.

Both are measured by what is sure: a body by the least that its parts can come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from batchspec.check.pools import os_of
from batchspec.check.rule import finding, title
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.files import is_pattern, match
from batchspec.spec.model import Input, Job, Runs

MAX_BODY = 1024 * 1024  # bytes of a request: github.com/Azure/BatchExplorer/issues/1286 has the service's own words
_MOST_NAMED = 100  # tasks of a name whose outputs are fetched one by one
_FILE = len('{"httpUrl": "", "filePath": ""}, ')
_LINK = len("https://abc.blob.core.windows.net//?se=2026-01-01T00%3A00%3A00Z&sp=r&sv=2026-01-01&sr=c&sig=") + 44
_BLOB = len("inputs/") + 64
_VARIABLE = len('{"name": "", "value": ""}, ')

# By the nodes' system: the most that one variable takes, in bytes with its name and in characters.
_MOST_OF_VARIABLE = {"linux": 128 * 1024, "windows": 32_767}


def check(spec: Spec) -> Iterator[Diagnostic]:
    """What runs once, and each template's example."""
    machines, job = spec.machines, spec.keys.job
    system = (os_of(machines) if machines is not None else None) or "linux"
    if job is not None:
        yield from _variables(job, system)
    sizes = _Sizes(spec)
    for runs in spec.others():
        yield from _variables(runs, system)
        yield from _judge(runs, sizes.of(runs), f'"{runs.pointer.rpartition("/")[2]}"')
    common = sizes.files(job.inputs) if job is not None else 0
    for task, count in spec.examples():
        yield from _variables(task, system)
        yield from _judge(task, common + sizes.of(task), title(task, count))


def _variables(bound: Job | Runs, system: str) -> Iterator[Diagnostic]:
    most = _MOST_OF_VARIABLE[system]
    for name, value in bound.environment.items() if bound.environment else ():
        if not isinstance(value, str) or len(value) < most // 4:
            continue
        size = len(value) if system == "windows" else len(f"{name}={value}\0".encode())
        if size > most:
            unit = "characters" if system == "windows" else "bytes"
            message = f'the variable "{name}" has {size:,} {unit}; {system.capitalize()} takes {most:,}'
            node, pointer = bound.at("environment", name), f"{bound.pointer}/environment/{name}"
            yield finding("BS340", message, node, pointer, "put it into a file, and name the file in inputs")


def _judge(runs: Runs, size: int, name: str) -> Iterator[Diagnostic]:
    if size > MAX_BODY:
        key = "inputs" if runs.inputs else "environment"
        message = f"{name} comes to {size:,} bytes or more; the service takes {MAX_BODY:,} in one request"
        hint = "pack the files into one, or let the task fetch them from a container: storage_container_url"
        place = runs.node.keys[key] if runs.has(key) else runs.at("id")
        yield finding("BS341", message, place, f"{runs.pointer}/{key}", hint)


class _Sizes:
    """The least sizes of what tasks are sent with. A pattern is matched once, however many tasks have it."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._found: dict[tuple[str, str], int] = {}
        storage = spec.keys.storage
        self._link = _LINK + len(storage.container if storage is not None else "batchspec")

    def of(self, runs: Runs) -> int:
        """Of a whole task: its command, its variables and its files."""
        text = runs.run if runs.run is not None else runs.command
        size = len(text) if isinstance(text, str) else sum(map(len, map(str, text or ())))
        variables = runs.environment
        if variables:
            size += _VARIABLE * len(variables) + sum(map(len, (*variables, *map(str, variables.values()))))
        return size + self.files(runs.inputs)

    def files(self, inputs: Iterable[Input]) -> int:
        """Of the files that a task is given."""
        return sum(map(self._one, inputs))

    def _one(self, item: Input) -> int:
        if item.path is not None:
            return self._local(item) if is_pattern(item.path) else _FILE + self._link + _BLOB + len(item.path) // 2
        if item.task is not None:
            return self._taken(item.task)
        if item.blob is not None:
            return _FILE + self._link + len(item.blob)
        return _FILE + len(item.url or item.storage_container_url or "")

    def _local(self, item: Input) -> int:
        assert item.path is not None
        folder = item.at("path").file.folder
        key = (item.path, str(folder))
        if key not in self._found:
            found = match(item.path, folder, self._spec.folder, allow_outside=self._spec.allow_outside)
            self._found[key] = sum(_FILE + self._link + _BLOB + len(file.name) for file in found)
        return self._found[key]

    def _taken(self, reference: str) -> int:
        """Of another task's outputs; what is fetched by prefix is one link, however much it is."""
        members = self._spec.graph.members(reference)
        if len(members) > _MOST_NAMED:
            return 0
        outputs = [(member, one) for member in members for one in self._spec.graph.by_id[member].outputs]
        if any(is_pattern(output.path) for _, output in outputs):
            return 0
        kept = (one for one in outputs if one[1].destination is None and one[1].when != "failure")
        return sum(_FILE + self._link + 2 * len(f"{member}/{output.path}") for member, output in kept)
