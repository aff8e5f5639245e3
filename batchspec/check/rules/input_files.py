"""BS401 to BS404, BS503: inputs that are there, are files, and stay where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.files import (
    TOO_MANY_LOOKS,
    beside,
    inside,
    is_bad,
    is_pattern,
    is_refused,
    kind,
    leaves,
    match,
    says_outside,
    url_name,
    within,
)
from batchspec.spec.model import Input, Job, Runs, Task

_BESIDE = "keep inputs beside the spec, or below it"
_ALLOWED = f"{_BESIDE}, or give --allow-outside"


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each place once."""
    job = spec.keys.job
    for runs in spec.others():
        yield from _one(spec, runs.inputs, set())
        yield from _from_tasks(runs)
    by_pattern: dict[str, bool] = {}
    common = job.inputs if job is not None else ()
    yield from _one(spec, common, set())
    if job is not None:
        yield from _from_tasks(job)
    for group in spec.groups:
        told: set[str] = set()
        previous: tuple[Input, ...] = ()
        for task in spec.tasks[group.start : group.stop]:
            # What a template's tasks share is one object, judged once.
            if task.inputs is not previous:
                yield from _one(spec, tuple([item for item in task.inputs if item not in previous]), told)
                previous = task.inputs
        for task in spec.tasks[group.start : group.start + 1]:
            yield from _patterns(spec, task, by_pattern)


def _one(spec: Spec, inputs: tuple[Input, ...], told: set[str]) -> Iterator[Diagnostic]:
    for item in inputs:
        for found in _faults(spec, item):
            if found.pointer not in told:
                told.add(found.pointer)
                yield found


def _faults(spec: Spec, item: Input) -> Iterator[Diagnostic]:
    if item.to is not None and leaves(item.to):
        message = f'the folder "{item.to}" is outside the working directory'
        yield finding("BS404", message, item.at("to"), f"{item.pointer}/to", "name a folder below it")
    if item.file_path is not None and leaves(item.file_path):
        message = f'the path "{item.file_path}" is outside the working directory'
        yield finding("BS404", message, item.at("file_path"), f"{item.pointer}/file_path", "name a file below it")
    name = url_name(item.url) if item.url is not None and item.file_path is None else None
    if name is not None and (leaves(name) or "/" in name or not name.isprintable()):
        message = f'the URL\'s file would be called "{name}", which is no name of a file'
        yield finding("BS404", message, item.at("url"), f"{item.pointer}/url", "fetch it in the task itself")
    if item.path is None:
        return
    place, pointer = item.at("path"), f"{item.pointer}/path"
    folder = place.file.folder
    path = folder / item.path
    stays = inside(item.path, folder, spec.folder)
    if is_bad(item.path) or not (stays or (spec.allow_outside and says_outside(item.path))):
        message = f'the path "{item.path}" leaves the spec\'s folder'
        yield finding("BS404", message, place, pointer, _ALLOWED if says_outside(item.path) else _BESIDE)
    elif match(item.path, folder, spec.folder, allow_outside=spec.allow_outside):
        return
    elif is_refused(item.path, folder):
        yield finding("BS007", TOO_MANY_LOOKS[0], place, pointer, TOO_MANY_LOOKS[1])
    elif stays and kind(path) == "file" and not within(path, spec.folder):
        message = f'the path "{item.path}" is a link that leaves the spec\'s folder'
        yield finding("BS404", message, place, pointer, _BESIDE)
    elif kind(path) == "folder":
        message = f'the input "{item.path}" is a directory'
        yield finding("BS402", message, place, pointer, f"name its files: {item.path.rstrip('/')}/**")
    elif is_pattern(item.path):
        yield finding("BS403", f'the pattern "{item.path}" matches no file', place, pointer)
    else:
        from difflib import get_close_matches  # only a wrong one needs it

        near = get_close_matches(path.name, beside(path), 1)
        meant = f'did you mean "{PurePosixPath(item.path).with_name(near[0])}"?' if near else None
        yield finding("BS401", f'the input file "{item.path}" is not there', place, pointer, meant)


def _patterns(spec: Spec, task: Task, known: dict[str, bool]) -> Iterator[Diagnostic]:
    """Outputs by pattern are fetched by prefix, and a script puts them in place; a bare command cannot."""
    if task.run is not None:
        return
    for item in task.inputs:
        if item.task is None:
            continue
        if item.task not in known:
            known[item.task] = _gives_patterns(spec, item.task)
        if known[item.task]:
            message = f'the outputs of "{item.task}" are given by a pattern, and a command cannot take such inputs'
            hint = "name each output there, or write this task as run:"
            yield finding("BS503", message, item.at("task"), f"{item.pointer}/task", hint)


def _gives_patterns(spec: Spec, reference: str) -> bool:
    members = spec.graph.members(reference)
    return any(is_pattern(output.path) for member in members for output in spec.graph.by_id[member].outputs)


def _from_tasks(runs: Runs | Job) -> Iterator[Diagnostic]:
    """Only a task can wait for another task."""
    for item in runs.inputs:
        if item.task is not None:
            message = "only a task can take another task's outputs"
            yield finding("BS206", message, item.at("task"), f"{item.pointer}/task", "use path, url or blob here")
