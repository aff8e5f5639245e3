"""Tasks to the SDK's parameter objects: one for each, with what the job gives to all."""

from __future__ import annotations

from collections.abc import Sequence

from azure.batch.models import (
    ExitConditions,
    ExitOptions,
    MultiInstanceSettings,
    TaskAddParameter,
    TaskDependencies,
    TaskIdRange,
)

from batchspec.compiler.files import Files
from batchspec.compiler.lower import Makers, fields
from batchspec.compiler.program import Bodies, Logs, Made, Origin
from batchspec.compiler.runs import argv_line, command_line, constraints, environment, user
from batchspec.source import Span
from batchspec.spec import model
from batchspec.spec.build import Spec
from batchspec.spec.graph import MOST_IDS, id_ranges
from batchspec.spec.model import IdRange

LARGE_GROUP = 100  # tasks of a name that are named one by one; more become ranges where their ids are whole numbers


def tasks(spec: Spec, files: Files) -> Bodies:
    """The request body of every task, in the spec's order. Local files are read now; raises OSError."""
    files.read_inputs(spec.tasks)
    keeps = files.logs is Logs.KEPT or any(task.outputs for task in spec.tasks)
    return Bodies([task.id for task in spec.tasks], _Maker(spec, files).made, keeps)


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
        self._satisfied, self._waiting = _satisfied(spec), _Waiting(spec)

    def made(self, at: int) -> Made[TaskAddParameter]:
        """The body of the task at a place, and where it was written."""
        task = self._tasks[at]
        body = self._body(task)
        body.depends_on = self._waiting.of(task)
        if task.id in self._satisfied and task.exit_conditions is None:
            body.exit_conditions = _satisfying()
        return Made(body, _Written(task))

    def _body(self, task: model.Task) -> TaskAddParameter:
        files = self._files
        script = files.links_before(task) + task.run if task.run is not None else None
        return TaskAddParameter(
            **fields(task, self._makers),
            display_name=task.name,
            command_line=command_line(task),
            environment_settings=environment(task.environment, script),
            resource_files=[*self._common, *files.inputs(task.inputs)] or None,
            output_files=files.outputs(task),
            constraints=constraints(task),
            **user(task),
        )


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


class _Waiting:
    """What tasks wait for, worked out once for all that wait for the same: many may wait for one large group."""

    def __init__(self, spec: Spec) -> None:
        self._graph = spec.graph
        self._known: dict[tuple[str, ...], tuple[list[str], list[TaskIdRange]]] = {}

    def of(self, task: model.Task) -> TaskDependencies | None:
        """The ids and ranges of ids that a task waits for. Lists are shared: nobody changes them."""
        names = self._names(task)
        if names is None:
            return None
        if len(names) == 1 and type(names[0]) is str and names[0] in self._graph.by_id:  # nearly all, and not shared
            return TaskDependencies(task_ids=[names[0]])
        ids, found = self._named(tuple(self._graph.references(task)))
        ranges = [TaskIdRange(start=item.start, end=item.end) for item in task.depends_on if isinstance(item, IdRange)]
        ranges = [*ranges, *found] if ranges else found
        if not ids and not ranges:
            return None
        return TaskDependencies(task_ids=ids or None, task_id_ranges=ranges or None)

    @staticmethod
    def _names(task: model.Task) -> Sequence[str | IdRange] | None:
        """What a task waits for, as written; None when it waits for nothing. Of inputs, the tasks that make them."""
        for item in task.inputs:
            if item.task is not None:
                return (*task.depends_on, *(one.task for one in task.inputs if one.task is not None))
        return task.depends_on or None

    def _named(self, names: tuple[str, ...]) -> tuple[list[str], list[TaskIdRange]]:
        if names not in self._known:
            # What the spec does not define is told by a rule; without the rules it is the id of some task of the job.
            members = (self._graph.members(name) or (name,) for name in names)
            ids, found = list(dict.fromkeys(one for group in members for one in group)), list[tuple[int, int]]()
            if sum(map(len, ids)) > MOST_IDS or len(ids) > len(names) + LARGE_GROUP:
                ids, found = id_ranges(ids)
            self._known[names] = ids, [TaskIdRange(start=start, end=end) for start, end in found]
        return self._known[names]


def _satisfied(spec: Spec) -> set[str]:
    """The tasks that others wait for who want to run however those end; each reference is followed once."""
    willing = [task for task in spec.tasks if task.on_dependency_failure == "satisfy"]
    names = {name for task in willing for name in spec.graph.references(task)}
    ranges = {(one.start, one.end): one for task in willing for one in task.depends_on if isinstance(one, IdRange)}
    made = {member for name in names for member in spec.graph.members(name)}
    return made.union(*(spec.graph.within(one) for one in ranges.values()))


def _multi_instance(settings: model.MultiInstance, files: Files) -> MultiInstanceSettings:
    return MultiInstanceSettings(
        number_of_instances=settings.number_of_instances,
        coordination_command_line=argv_line(settings.coordination_command_line),
        common_resource_files=files.inputs(settings.common_resource_files or ()) or None,
    )


def _satisfying() -> ExitConditions:
    """However the task ends, what waits for it may run."""
    options = ExitOptions(dependency_action="satisfy")
    return ExitConditions(pre_processing_error=options, file_upload_error=options, default=options)
