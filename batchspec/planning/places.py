"""What the service changes in place, and how: by the first step of a field's path.

    freely     a patch, whatever is under way
    resize     the pool's own call, or the one of its formula
    empty      a patch, while the pool has no nodes (2025-06-01); otherwise by replacement
    disabled   a patch, while the job is disabled
    never      by replacement: all that is not listed

The facts are those of the operations that change each thing, of both API versions:
    pool      https://learn.microsoft.com/rest/api/batchservice/pools/update-pool, replace-pool-properties, resize-pool
    job       https://learn.microsoft.com/rest/api/batchservice/jobs/update-job
    schedule  https://learn.microsoft.com/rest/api/batchservice/job-schedules/update-job-schedule
    task      https://learn.microsoft.com/rest/api/batchservice/tasks/replace-task
A patch overwrites each field that it names as a whole. That null takes one away is documented nowhere: what has no
value that says "none" cannot be taken away in place, but for a pool's start task.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from batchspec.planning.differences import Difference
from batchspec.planning.usual import RESET

OLD = "2024-02-01.19.0"


class Place(Enum):
    """How a field is changed."""

    FREELY = "freely"
    RESIZE = "resize"
    EMPTY = "empty"
    DISABLED = "disabled"
    NEVER = "never"


_SIZE = dict.fromkeys(
    (
        "target_dedicated_nodes",
        "target_low_priority_nodes",
        "resize_timeout",
        "enable_auto_scale",
        "auto_scale_formula",
        "auto_scale_evaluation_interval",
    ),
    Place.RESIZE,
)
_POOL_OLD = {
    **dict.fromkeys(
        (
            "start_task",
            "certificate_references",
            "application_package_references",
            "metadata",
            "target_node_communication_mode",
        ),
        Place.FREELY,
    ),
    **_SIZE,
}
_POOL_NEW = {
    **dict.fromkeys(("start_task", "application_package_references", "metadata"), Place.FREELY),
    **dict.fromkeys(
        (
            "display_name",
            "vm_size",
            "task_slots_per_node",
            "task_scheduling_policy",
            "enable_inter_node_communication",
            "virtual_machine_configuration",
            "network_configuration",
            "user_accounts",
            "mount_configuration",
            "upgrade_policy",
        ),
        Place.EMPTY,
    ),
    **_SIZE,
}
_JOB_OLD = {
    **dict.fromkeys(
        ("priority", "max_parallel_tasks", "allow_task_preemption", "on_all_tasks_complete", "constraints", "metadata"),
        Place.FREELY,
    ),
    "pool_info": Place.DISABLED,
}
_SCHEDULE = dict.fromkeys(("schedule", "job_specification", "metadata"), Place.FREELY)
_TASK = {"constraints": Place.FREELY}
_OLD = {"pool": _POOL_OLD, "job": _JOB_OLD, "job_schedule": _SCHEDULE, "task": _TASK}
_NEW = {**_OLD, "pool": _POOL_NEW, "job": {**_JOB_OLD, "network_configuration": Place.FREELY}}
_LISTS = frozenset({"application_package_references", "user_accounts", "mount_configuration", "certificate_references"})


def place(kind: str, version: str, one: Difference) -> Place:
    """How the service changes a field of a pool, a job, a job_schedule or a task, in one version of the API."""
    old, field = version == OLD, first(one)
    if field == "pool_info" and (one.path != "pool_info.pool_id" or one.found is None):
        return Place.NEVER  # a pool that the service makes for the job, of which only keep_alive could change
    if one.wanted is None and one.path == field and not _goes(kind, field):
        return Place.NEVER
    return (_OLD if old else _NEW)[kind].get(field, Place.NEVER)


def _goes(kind: str, field: str) -> bool:
    """Whether a field can be taken away in place."""
    return field in RESET[kind] or field in _LISTS or (kind, field) == ("pool", "start_task") or field in _SIZE


def first(one: Difference) -> str:
    """The attribute of the body itself that a difference is in."""
    return one.path.partition(".")[0].partition("[")[0]


def split(kind: str, version: str, found: Iterable[Difference]) -> dict[Place, list[Difference]]:
    """Differences by how they are changed."""
    made: dict[Place, list[Difference]] = {}
    for one in found:
        made.setdefault(place(kind, version, one), []).append(one)
    return made
