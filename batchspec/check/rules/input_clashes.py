"""BS405: each file that a task gets has a place of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.files import Found, is_pattern, match, plain, url_name
from batchspec.spec.model import Input, Task

_NONE: Mapping[str, str] = {}
_KEYS = ("path", "file_path", "url", "blob")  # where a clash is shown
_HINT = "put one of them into a folder of its own with to:"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Of what runs once the inputs; of tasks also what the job gives to all. One clash of each is told."""
    places = _Places(spec)
    for runs in spec.others():
        yield from islice(places.clashes(runs.inputs, {}), 1)
    job = spec.keys.job
    common = job.inputs if job is not None else ()
    for group in spec.groups:
        if group and (common or spec.tasks[group.start].inputs):
            yield from islice(_of_template(places, common, spec.tasks[group.start : group.stop]), 1)


def _of_template(places: _Places, common: tuple[Input, ...], tasks: Iterable[Task]) -> Iterator[Diagnostic]:
    """Its first task in full; of each later one only the inputs that it does not share with the first."""
    tasks = iter(tasks)
    first = next(tasks)
    yield from places.clashes((*common, *first.inputs), {})
    if len(common) + len(first.inputs) < 2:
        return
    shared: dict[str, str] | None = None
    known: frozenset[int] = frozenset()
    previous = first.inputs
    for task in tasks:
        if task.inputs is previous:
            continue
        previous = task.inputs
        if shared is None:
            both = {id(item) for item in first.inputs} & {id(item) for item in task.inputs}
            known, shared = frozenset(both), {}
            for _ in places.clashes((*common, *(item for item in first.inputs if id(item) in both)), shared):
                pass  # told with the first task
        yield from places.clashes([item for item in task.inputs if id(item) not in known], {}, shared)


class _Places:
    """Where inputs are put. A pattern is matched once, however many tasks have it."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._found: dict[tuple[str, str], tuple[Found, ...]] = {}

    def clashes(
        self, inputs: Iterable[Input], taken: dict[str, str], beside: Mapping[str, str] = _NONE
    ) -> Iterator[Diagnostic]:
        """Inputs whose place another has, here or beside; what they take is remembered in `taken`."""
        for item in inputs:
            for destination, source in self._of(item):
                if beside.get(destination, source) != source or taken.setdefault(destination, source) != source:
                    name = next(one for one in _KEYS if item.has(one))
                    message = f'two inputs would be put at "{destination}"'
                    yield finding("BS405", message, item.at(name), f"{item.pointer}/{name}", _HINT)
                    break

    def _of(self, item: Input) -> Sequence[tuple[str, str]]:
        """Destination and source of each file. What another task leaves is in a folder named after that task."""
        if item.url is not None:
            return ((item.file_path or _join(item.to, url_name(item.url)), item.url),)
        if item.blob is not None:
            return ((item.file_path or _join(item.to, item.blob.rpartition("/")[2]), f"blob {item.blob}"),)
        if item.path is None:
            return ()
        if is_pattern(item.path):
            return [(_join(item.to, file.name), str(file.path)) for file in self._match(item)]
        # As a pattern's match is called, without a look at the disk.
        source = item.at("path").file.folder / plain(item.path)
        return ((_join(item.to, item.path.rpartition("/")[2]), str(source)),)

    def _match(self, item: Input) -> tuple[Found, ...]:
        assert item.path is not None
        folder = item.at("path").file.folder
        key = (item.path, str(folder))
        if key not in self._found:
            allowed = self._spec.allow_outside
            self._found[key] = match(item.path, folder, self._spec.folder, allow_outside=allowed)
        return self._found[key]


def _join(folder: str | None, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if folder else name
