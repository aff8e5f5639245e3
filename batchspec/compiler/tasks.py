"""Tasks to the SDK's parameter objects: one for each, with what the job gives to all.

The tasks of a template differ in little. What they have alike is made once, and their bodies share it: nobody changes
what is in a body. Only what is made of a key that the matrix changes is made for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from azure.batch.models import EnvironmentSetting, MultiInstanceSettings, ResourceFile, TaskAddParameter, UserIdentity

from batchspec.compiler.files import Files
from batchspec.compiler.lower import Makers, like, lower
from batchspec.compiler.program import Bodies, Logs, Origin
from batchspec.compiler.runs import argv_line, command_line, constraints, environment, user
from batchspec.compiler.waiting import Waiting, satisfied, satisfying
from batchspec.source import Span
from batchspec.spec import model
from batchspec.spec.build import Spec
from batchspec.spec.expand import Expanded
from batchspec.spec.resolve import is_open

Make = Callable[[model.Task], Any]
_NOT_BY_ITSELF = {"id", "user_identity"}  # native keys that have a row of their own


def tasks(spec: Spec, files: Files) -> Bodies:
    """The request body of every task, in the spec's order. Local files are read now; raises OSError."""
    files.read_inputs(spec.tasks)
    keeps = files.logs is Logs.KEPT or any(task.outputs for task in spec.tasks)
    maker = _Maker(spec, files)
    return Bodies([task.id for task in spec.tasks], maker.body, maker.origin, keeps)


@dataclass(frozen=True)
class _Row:
    """A member of a body: the keys that it is made of, and what makes it."""

    name: str
    keys: frozenset[str]
    make: Make


@dataclass(frozen=True)
class _Kind:
    """The tasks of a template: the body of one, and what is made for each."""

    body: TaskAddParameter
    own: tuple[tuple[str, Make], ...]
    like: model.Task  # it keeps what is known by its identity alive


class _Maker:
    """Makes the bodies of one spec's tasks."""

    def __init__(self, spec: Spec, files: Files) -> None:
        job = spec.keys.job
        self._tasks = spec.tasks
        self._files = files
        self._common = files.inputs(job.inputs) if job is not None else []
        self._makers: Makers = {
            model.MultiInstance: lambda settings: _multi_instance(settings, files),
            model.Input: lambda item: files.inputs((item,)),
        }
        self._satisfied = satisfied(spec)
        self._rows = (
            *(_row(name, partial(self._native, name), name) for name in sorted({*model.Task.native} - _NOT_BY_ITSELF)),
            _row("id", attrgetter("id"), "id"),
            _row("user_identity", self._user, "user_identity", "elevated"),
            _row("display_name", lambda task: task.name, "name"),
            _row("command_line", command_line, "command", "run"),
            _row("environment_settings", self._environment, "environment", "run", "inputs"),
            _row("resource_files", self._inputs, "inputs"),
            _row("output_files", files.outputs, "outputs", "id", "name"),
            _row("constraints", constraints, "timeout", "retries", "retention"),
            _row("depends_on", Waiting(spec).of, "depends_on", "inputs"),
        )
        self._kinds: dict[int, _Kind] = {}  # by the identity of the template
        self._shared: dict[int, Sequence[ResourceFile]] = {}  # by that of an input which all tasks of a template have

    def body(self, at: int) -> TaskAddParameter:
        """The body of the task at a place."""
        task = self._tasks[at]
        if isinstance(task, Expanded):
            kind = self._kinds.get(id(task.template)) or self._kind(task)
            body = like(kind.body, {name: make(task) for name, make in kind.own})
        else:
            body = self._plain(task)
        if self._satisfied and task.id in self._satisfied and task.exit_conditions is None:
            body.exit_conditions = satisfying()
        return body

    def origin(self, at: int) -> Origin:
        """Where the task at a place was written."""
        return _Written(self._tasks[at])

    def _plain(self, task: model.Task) -> TaskAddParameter:
        return TaskAddParameter(**{row.name: row.make(task) for row in self._rows})

    def _kind(self, task: Expanded) -> _Kind:
        moving = task.template.moving
        for item, node in zip(task.inputs, task.template.listed("inputs"), strict=True):
            if not is_open(node):
                self._shared[id(item)] = self._files.input(item)
        body = self._plain(task)
        own = [(row.name, row.make) for row in self._rows if not row.keys.isdisjoint(moving)]
        if body.output_files is None and "outputs" not in moving:
            own = [one for one in own if one[0] != "output_files"]
        kind = self._kinds[id(task.template)] = _Kind(like(body, {}), tuple(own), task)
        return kind

    def _native(self, name: str, task: model.Task) -> Any:
        return lower(task.__dict__.get(name), self._makers)

    def _user(self, task: model.Task) -> UserIdentity | None:
        return user(task).get("user_identity") or self._native("user_identity", task)

    def _environment(self, task: model.Task) -> list[EnvironmentSetting] | None:
        script = self._files.links_before(task) + task.run if task.run is not None else None
        return environment(task.environment, script)

    def _inputs(self, task: model.Task) -> list[ResourceFile] | None:
        made = [*self._common]
        for item in task.inputs:
            made += self._shared.get(id(item)) or self._files.input(item)
        return made or None


def _row(name: str, make: Make, *keys: str) -> _Row:
    return _Row(name, frozenset(keys), make)


class _Written(Origin):
    """Where a task was written, looked up when it is asked for: it hardly ever is."""

    def __init__(self, task: model.Task) -> None:
        self.__dict__["_task"] = task

    @property
    def span(self) -> Span:
        """The place of its id."""
        task: model.Task = self.__dict__["_task"]
        return task.at("id").span

    @property
    def pointer(self) -> str:
        """The task's JSON pointer."""
        task: model.Task = self.__dict__["_task"]
        return task.pointer


def _multi_instance(settings: model.MultiInstance, files: Files) -> MultiInstanceSettings:
    return MultiInstanceSettings(
        number_of_instances=settings.number_of_instances,
        coordination_command_line=argv_line(settings.coordination_command_line),
        common_resource_files=files.inputs(settings.common_resource_files or ()) or None,
    )
