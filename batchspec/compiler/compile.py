"""Spec to program: each model to the SDK's parameter object, one keyword an attribute."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from azure.batch.models import (
    ImageReference,
    JobAddParameter,
    JobConstraints,
    JobPreparationTask,
    JobReleaseTask,
    MetadataItem,
    PoolAddParameter,
    PoolInformation,
    ResourceFile,
    StartTask,
    TaskAddParameter,
    TaskConstraints,
    TaskDependencies,
    VirtualMachineConfiguration,
)

from batchspec import __version__
from batchspec.compiler.files import Files
from batchspec.compiler.fingerprint import fingerprint
from batchspec.compiler.links import Links
from batchspec.compiler.program import Made, Origin, Program
from batchspec.compiler.runs import command_line, environment, user
from batchspec.ports import FINGERPRINT_KEY, OWNER_KEY, VERSION_KEY
from batchspec.spec import images, model
from batchspec.spec.build import Spec
from batchspec.spec.table import Bound

T = TypeVar("T")


def compile_spec(spec: Spec, links: Links) -> Program:
    """All that a spec asks of the service. Reads the input files, to name them by their content; raises OSError."""
    keys, files = spec.keys, Files(spec, links)
    pool = _pool(keys.pool, files)
    pool.metadata = _mark(keys.name, fingerprint(keys.pool.node, files.container, files.take_placed()))
    job = _job(keys, files)
    common = files.inputs(keys.job.inputs)
    tasks = [Made(_task(task, spec, files, common), _origin(task)) for task in spec.tasks]
    downloads = tuple(download for task in spec.tasks for download in files.downloads(task))
    job.metadata = _mark(keys.name, fingerprint(*spec.content, keys.pool.id, files.container, files.take_placed()))
    return Program(
        name=keys.name,
        container=files.container,
        pool=Made(pool, _origin(keys.pool)),
        job=Made(job, _origin(keys.job)),
        tasks=tasks,
        uploads=tuple(files.uploads.values()),
        downloads=downloads,
        secrets=spec.secrets,
    )


def _origin(bound: Bound) -> Origin:
    return Origin(bound.at("id").span, bound.pointer)


def _mark(name: str, content: str) -> list[MetadataItem]:
    marks = {OWNER_KEY: name, FINGERPRINT_KEY: content, VERSION_KEY: __version__}
    return [MetadataItem(name=key, value=value) for key, value in marks.items()]


def _pool(pool: model.Pool, files: Files) -> PoolAddParameter:
    return PoolAddParameter(
        id=pool.id,
        vm_size=pool.vm_size,
        virtual_machine_configuration=_machine(pool.image),
        target_dedicated_nodes=pool.nodes.dedicated,
        target_low_priority_nodes=pool.nodes.spot,
        task_slots_per_node=pool.task_slots_per_node,
        start_task=_start_task(pool.start_task, files) if pool.start_task else None,
    )


def _machine(image: str | model.Image) -> VirtualMachineConfiguration:
    if isinstance(image, str):
        known = images.ALIASES[image]
        reference = ImageReference(publisher=known.publisher, offer=known.offer, sku=known.sku, version="latest")
        return VirtualMachineConfiguration(image_reference=reference, node_agent_sku_id=known.node_agent_sku_id)
    reference = (
        ImageReference(virtual_machine_image_id=image.id)
        if image.id is not None
        else ImageReference(
            publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version or "latest"
        )
    )
    return VirtualMachineConfiguration(image_reference=reference, node_agent_sku_id=image.node_agent_sku_id)


def _start_task(task: model.StartTask, files: Files) -> StartTask:
    return StartTask(
        command_line=command_line(task),
        environment_settings=environment(task.environment, task.run),
        resource_files=files.inputs(task.inputs) or None,
        user_identity=user(task),
        max_task_retry_count=task.retries,
        wait_for_success=task.wait_for_success,
    )


def _job(keys: model.SpecKeys, files: Files) -> JobAddParameter:
    job = keys.job
    return JobAddParameter(
        id=job.id,
        priority=job.priority,
        constraints=_if_any(
            JobConstraints(max_wall_clock_time=job.timeout, max_task_retry_count=job.retries), job.timeout, job.retries
        ),
        common_environment_settings=environment(job.environment),
        job_preparation_task=_preparation(job.prepare, files) if job.prepare else None,
        job_release_task=_release(job.release, files) if job.release else None,
        pool_info=PoolInformation(pool_id=keys.pool.id),
        on_all_tasks_complete="noaction",  # armed once every task is there: with none there it would end at once
        uses_task_dependencies=True,
    )


def _preparation(task: model.Preparation, files: Files) -> JobPreparationTask:
    return JobPreparationTask(
        command_line=command_line(task),
        environment_settings=environment(task.environment, task.run),
        resource_files=files.inputs(task.inputs) or None,
        user_identity=user(task),
        constraints=_constraints(task),
        wait_for_success=task.wait_for_success,
    )


def _release(task: model.Release, files: Files) -> JobReleaseTask:
    return JobReleaseTask(
        command_line=command_line(task),
        environment_settings=environment(task.environment, task.run),
        resource_files=files.inputs(task.inputs) or None,
        user_identity=user(task),
        max_wall_clock_time=task.timeout,
        retention_time=task.retention,
    )


def _task(task: model.Task, spec: Spec, files: Files, common: list[ResourceFile]) -> TaskAddParameter:
    script = files.links_before(task) + task.run if task.run is not None else None
    return TaskAddParameter(
        id=task.id,
        display_name=task.name,
        command_line=command_line(task),
        environment_settings=environment(task.environment, script),
        resource_files=[*common, *files.inputs(task.inputs)] or None,
        output_files=files.outputs(task),
        constraints=_constraints(task),
        depends_on=_depends_on(spec, spec.graph.references(task)),
        required_slots=task.required_slots if task.required_slots > 1 else None,
        user_identity=user(task),
    )


def _constraints(task: model.Task | model.Preparation) -> TaskConstraints | None:
    limits = (task.timeout, task.retries, task.retention)
    made = TaskConstraints(
        max_wall_clock_time=task.timeout, max_task_retry_count=task.retries, retention_time=task.retention
    )
    return _if_any(made, *limits)


def _depends_on(spec: Spec, references: Iterable[str]) -> TaskDependencies | None:
    ids = list(dict.fromkeys(member for name in references for member in spec.graph.members(name)))
    return TaskDependencies(task_ids=ids) if ids else None


def _if_any(made: T, *values: object) -> T | None:
    """What was made, unless it says nothing."""
    return made if any(value is not None for value in values) else None
