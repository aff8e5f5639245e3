"""BS317 to BS319: tasks in containers on nodes that have them, and no others there.

From the REST document: on a pool with `containerConfiguration` every task and the job manager has
`containerSettings`, and what else runs there may have them; on any other pool nothing has them.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec import catalogue
from batchspec.check.pools import image_name, os_of, pools
from batchspec.check.rule import finding, per_place, title
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import PoolSpecification

_PLAIN = "set pool.virtual_machine_configuration.container_configuration, or take container_settings away"
_CONTAINERS = "add container_settings with its image_name; in job.task_defaults they are for all tasks"
_NAMES = {
    "start_task": "the start task",
    "prepare": "the preparation task",
    "release": "the release task",
    "job_manager_task": "the job manager",
}


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each template once: whether a key is there is the same for all of its tasks."""
    for pool in pools(spec):
        yield from _image(pool)
    machines = spec.machines
    if machines is None:
        return
    if _has_containers(machines):
        yield from _plain(spec)
    else:
        yield from per_place(_contained(spec))


def _has_containers(pool: PoolSpecification) -> bool:
    machine = pool.virtual_machine_configuration
    return machine is not None and machine.container_configuration is not None


def _image(pool: PoolSpecification) -> Iterator[Diagnostic]:
    """Only of Linux: which images of Windows come with containers changes too often."""
    machine, name = pool.virtual_machine_configuration, image_name(pool.image)
    if machine is None or machine.container_configuration is None or name is None or os_of(pool) != "linux":
        return
    if catalogue.runs_containers(name) is False:
        message = f'the image "{name}" brings no container runtime, and the pool is to run containers'
        hint = "take one that does, such as ubuntu-hpc-24.04"
        place, pointer = machine.node.keys["container_configuration"], f"{machine.pointer}/container_configuration"
        yield finding("BS319", message, place, pointer, hint)


def _contained(spec: Spec) -> Iterator[Diagnostic]:
    named = [(one, _NAMES[one.pointer.rpartition("/")[2]]) for one in spec.others()]
    for runs, name in (*named, *((task, title(task, count)) for task, count in spec.examples())):
        if runs.has("container_settings"):
            message = f"{name} runs in a container, and the pool's nodes have none"
            place = runs.node.keys["container_settings"]
            yield finding("BS317", message, place, f"{runs.pointer}/container_settings", _PLAIN)


def _plain(spec: Spec) -> Iterator[Diagnostic]:
    """The job manager, and the first task with how many others."""
    said = "runs in no container, and on this pool every task must"
    manager = spec.keys.job.job_manager_task if spec.keys.job is not None else None
    if manager is not None and not manager.has("container_settings"):
        yield finding("BS318", f"the job manager {said}", manager.at("id"), manager.pointer, _CONTAINERS)
    plain = [(task, count) for task, count in spec.examples() if not task.has("container_settings")]
    if plain:
        task = plain[0][0]
        message = f"{title(task, sum(count for _, count in plain))} {said}"
        yield finding("BS318", message, task.at("id"), task.pointer, _CONTAINERS)
