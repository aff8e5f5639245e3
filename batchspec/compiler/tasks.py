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


def tasks(spec: Spec, files: Files) -> Iterator[TaskAddParameter]:
    """The request body of every task, in the spec's order."""
    job = spec.keys.job
    common = files.inputs(job.inputs) if job is not None else []
    makers: Makers = {
        model.MultiInstance: lambda settings: _multi_instance(settings, files),
        model.Input: lambda item: files.inputs((item,)),
    }
    satisfied = spec.graph.satisfying()
    for task in spec.tasks:
        made = _task(task, spec, files, common, makers)
        if task.id in satisfied and task.exit_conditions is None:
            made.exit_conditions = _satisfying()
        yield made


def _task(task: model.Task, spec: Spec, files: Files, common: list[ResourceFile], makers: Makers) -> TaskAddParameter:
    script = files.links_before(task) + task.run if task.run is not None else None
    return TaskAddParameter(
        **fields(task, makers),
        display_name=task.name,
        command_line=command_line(task),
        environment_settings=environment(task.environment, script),
        resource_files=[*common, *files.inputs(task.inputs)] or None,
        output_files=files.outputs(task),
        constraints=constraints(task),
        depends_on=_depends_on(spec, task),
        **user(task),
    )


def _depends_on(spec: Spec, task: model.Task) -> TaskDependencies | None:
    # What the spec does not define is told by a rule; without the rules it is the id of some task of the job.
    named = (spec.graph.members(name) or (name,) for name in spec.graph.references(task))
    ids = list(dict.fromkeys(member for members in named for member in members))
    ranges = [TaskIdRange(start=item.start, end=item.end) for item in task.depends_on if isinstance(item, IdRange)]
    if sum(map(len, ids)) > MOST_IDS:
        ids, found = id_ranges(ids)
        ranges += [TaskIdRange(start=start, end=end) for start, end in found]
    if not ids and not ranges:
        return None
    return TaskDependencies(task_ids=ids or None, task_id_ranges=ranges or None)


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
