"""Tasks to the SDK's parameter objects: one for each, with what the job gives to all."""

from __future__ import annotations

from collections.abc import Iterator

from azure.batch.models import (
    ExitConditions,
    ExitOptions,
    MultiInstanceSettings,
    ResourceFile,
    TaskAddParameter,
    TaskDependencies,
    TaskIdRange,
)

from batchspec.compiler.files import Files
from batchspec.compiler.lower import Makers, fields
from batchspec.compiler.runs import argv_line, command_line, constraints, environment, user
from batchspec.spec import model
from batchspec.spec.build import Spec
from batchspec.spec.graph import MOST_IDS, id_ranges
from batchspec.spec.model import IdRange

LARGE_GROUP = 100  # tasks of a name that are named one by one; more become ranges where their ids are whole numbers


def tasks(spec: Spec, files: Files) -> Iterator[TaskAddParameter]:
    """The request body of every task, in the spec's order."""
    job = spec.keys.job
    common = files.inputs(job.inputs) if job is not None else []
    makers: Makers = {
        model.MultiInstance: lambda settings: _multi_instance(settings, files),
        model.Input: lambda item: files.inputs((item,)),
    }
    satisfied, waiting = _satisfied(spec), _Waiting(spec)
    for task in spec.tasks:
        made = _task(task, files, common, makers)
        made.depends_on = waiting.of(task)
        if task.id in satisfied and task.exit_conditions is None:
            made.exit_conditions = _satisfying()
        yield made


def _task(task: model.Task, files: Files, common: list[ResourceFile], makers: Makers) -> TaskAddParameter:
    script = files.links_before(task) + task.run if task.run is not None else None
    return TaskAddParameter(
        **fields(task, makers),
        display_name=task.name,
        command_line=command_line(task),
        environment_settings=environment(task.environment, script),
        resource_files=[*common, *files.inputs(task.inputs)] or None,
        output_files=files.outputs(task),
        constraints=constraints(task),
        **user(task),
    )


class _Waiting:
    """What tasks wait for, worked out once for all that wait for the same: many may wait for one large group."""

    def __init__(self, spec: Spec) -> None:
        self._graph = spec.graph
        self._known: dict[tuple[str, ...], tuple[list[str], list[TaskIdRange]]] = {}

    def of(self, task: model.Task) -> TaskDependencies | None:
        """The ids and ranges of ids that a task waits for. Lists are shared: nobody changes them."""
        ids, found = self._named(tuple(self._graph.references(task)))
        ranges = [TaskIdRange(start=item.start, end=item.end) for item in task.depends_on if isinstance(item, IdRange)]
        ranges = [*ranges, *found] if ranges else found
        if not ids and not ranges:
            return None
        return TaskDependencies(task_ids=ids or None, task_id_ranges=ranges or None)

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
