"""BS401 to BS405, BS503: inputs that are there, are files, and each have a place of their own."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.files import beside, is_pattern, kind, leaves, match, url_name, within
from batchspec.spec.model import Input, Job, Runs, Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Local files once per place; clashes within each kind of task."""
    pool, job = spec.keys.pool, spec.keys.job
    for runs in (pool.start_task, job.prepare, job.release):
        if runs is not None:
            yield from _one(spec, runs.inputs, set())
            yield from _clashes(spec, runs.inputs)
            yield from _from_tasks(runs)
    yield from _one(spec, job.inputs, set())
    yield from _from_tasks(job)
    for group in spec.groups:
        told: set[str] = set()
        previous: tuple[Input, ...] = ()
        for task in spec.tasks[group.start : group.stop]:
            # What a template's tasks share is one object, judged once.
            yield from _one(spec, tuple(item for item in task.inputs if item not in previous), told)
            previous = task.inputs
        for task in spec.tasks[group.start : group.start + 1]:
            yield from _clashes(spec, (*job.inputs, *task.inputs))
            yield from _patterns(spec, task)


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
    if item.url is not None and (leaves(name := url_name(item.url)) or "/" in name or not name.isprintable()):
        message = f'the URL\'s file would be called "{name}", which is no name of a file'
        yield finding("BS404", message, item.at("url"), f"{item.pointer}/url", "fetch it in the task itself")
    if item.path is None:
        return
    place, pointer, path = item.at("path"), f"{item.pointer}/path", spec.folder / item.path
    if leaves(item.path):
        message = f'the path "{item.path}" leaves the spec\'s folder'
        yield finding("BS404", message, place, pointer, "keep inputs beside the spec, or below it")
    elif match(item.path, spec.folder):
        return
    elif kind(path) == "file" and not within(path, spec.folder):
        message = f'the path "{item.path}" is a link that leaves the spec\'s folder'
        yield finding("BS404", message, place, pointer, "keep inputs beside the spec, or below it")
    elif kind(path) == "folder":
        message = f'the input "{item.path}" is a directory'
        yield finding("BS402", message, place, pointer, f"name its files: {item.path.rstrip('/')}/**")
    elif is_pattern(item.path):
        yield finding("BS403", f'the pattern "{item.path}" matches no file', place, pointer)
    else:
        near = get_close_matches(path.name, beside(path), 1)
        hint = f'did you mean "{near[0]}"?' if near else None
        yield finding("BS401", f'the input file "{item.path}" is not there', place, pointer, hint)


def _clashes(spec: Spec, inputs: tuple[Input, ...]) -> Iterator[Diagnostic]:
    taken: dict[str, str] = {}
    for item in inputs:
        if item.path is None or leaves(item.path):
            continue
        for file in match(item.path, spec.folder):
            destination = f"{item.to.rstrip('/')}/{file.name}" if item.to else file.name
            source = str(file.path)
            if taken.setdefault(destination, source) != source:
                message = f'two inputs would be put at "{destination}"'
                yield finding(
                    "BS405",
                    message,
                    item.at("path"),
                    f"{item.pointer}/path",
                    "put one of them into a folder of its own with to:",
                )
                return


def _patterns(spec: Spec, task: Task) -> Iterator[Diagnostic]:
    """Outputs by pattern are fetched by prefix, and a script puts them in place; a bare command cannot."""
    if task.run is not None:
        return
    for item in task.inputs:
        members = spec.graph.members(item.task) if item.task is not None else ()
        if any(is_pattern(output.path) for member in members for output in spec.graph.by_id[member].outputs):
            message = f'the outputs of "{item.task}" are given by a pattern, and a command cannot take such inputs'
            hint = "name each output there, or write this task as run:"
            yield finding("BS503", message, item.at("task"), f"{item.pointer}/task", hint)


def _from_tasks(runs: Runs | Job) -> Iterator[Diagnostic]:
    """Only a task can wait for another task."""
    for item in runs.inputs:
        if item.task is not None:
            message = "only a task can take another task's outputs"
            yield finding("BS206", message, item.at("task"), f"{item.pointer}/task", "use path or url here")
