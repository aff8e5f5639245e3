"""The tasks of a job. Most often they are the spec's; a job manager task adds others as it goes.

closed    the spec's tasks, and nobody adds others
open      a job manager task adds some, or the job stays active and anybody may: only the service knows them all
empty     no task, and no job manager task that would add any
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchspec.compiler.program import Made, Program


def manager(program: Program) -> Made[Any] | None:
    """The job manager task, which the service adds by itself."""
    job = program.job
    if job is None or job.body.job_manager_task is None:
        return None
    origin = replace(job.origin, pointer=f"{job.origin.pointer}/job_manager_task")
    return replace(job, body=job.body.job_manager_task, origin=origin)


def is_open(program: Program) -> bool:
    """Whether the job may have tasks that the spec does not know."""
    return program.partial or not program.tasks or manager(program) is not None or not ends_by_itself(program)


def is_empty(program: Program) -> bool:
    """Whether nothing runs in the job until somebody else adds a task."""
    return not program.tasks and not program.partial and manager(program) is None


def ends_by_itself(program: Program) -> bool:
    """Whether the job shall complete when all of its tasks have."""
    action = program.job.body.on_all_tasks_complete if program.job is not None else None
    return str(getattr(action, "value", action)).lower() == "terminatejob"


def task_ids(program: Program, seen: Iterable[str] = ()) -> list[str]:
    """The ids of the job's tasks: its manager, those of the spec, and in an open job all others that were seen."""
    first = manager(program)
    ids = [] if first is None else [str(first.body.id)]
    ids += program.task_ids
    if is_open(program):
        known = set(ids)
        ids += [task_id for task_id in seen if task_id not in known]
    return ids
