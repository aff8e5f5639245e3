"""A job that is there, back to a program: what was asked for, as far as the service and our marks tell it.

So a job can be watched, and its logs and outputs read, by somebody who has no spec.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azure.batch import models
from azure.batch.models import JobAddParameter, TaskAddParameter
from msrest.serialization import Deserializer

from batchspec.compiler.program import Bodies, Logs, Made, Origin, Program
from batchspec.ports import CONTAINER_KEY, OWNER_KEY, STAYS_KEY, JobView

_NOWHERE = Origin(None, "")
_read = Deserializer({name: made for name, made in vars(models).items() if isinstance(made, type)})
# What tells how a task goes, and nothing that would have to be kept secret.
_TASK_MEMBERS = (
    "id",
    "displayName",
    "dependsOn",
    "exitConditions",
    "constraints",
    "requiredSlots",
    "multiInstanceSettings",
)
_JOB_MEMBERS = ("id", "metadata", "constraints", "poolInfo", "onAllTasksComplete")
_HELPERS = ("jobManagerTask", "jobPreparationTask")


def recall(
    view: JobView,
    task_ids: Callable[[], Sequence[str]],
    task_bodies: Callable[[], Sequence[Mapping[str, Any]]],
    api_version: str,
    *,
    stores: bool,
) -> Program:
    """The program of a job. It uploads nothing, and says nothing of what comes home.

    task_ids, task_bodies: ask for the ids of the job's tasks, and for their JSON; called when they are needed.
    """
    marks = view.metadata
    manager = (view.body.get("jobManagerTask") or {}).get("id")
    tasks = _Tasks(task_ids, task_bodies, manager)
    job = Made(_job(view), _NOWHERE)
    return Program(
        name=marks.get(OWNER_KEY, ""),
        api_version=api_version,
        container=marks.get(CONTAINER_KEY, ""),
        pool=None,
        job=job,
        schedule=None,
        tasks=Bodies(ids=_Ids(tasks), body=tasks.body, origin=lambda _at: _NOWHERE, keeps=False),
        uploads=(),
        downloads=(),
        secrets=frozenset(),
        pool_info=Made(job.body.pool_info, _NOWHERE) if job.body.pool_info is not None else None,
        logs=Logs.KEPT if stores and CONTAINER_KEY in marks else Logs.NOWHERE,
    )


def _job(view: JobView) -> JobAddParameter:
    told = {name: view.body[name] for name in _JOB_MEMBERS if name in view.body}
    told |= {name: {"id": view.body[name].get("id")} for name in _HELPERS if view.body.get(name)}
    if STAYS_KEY not in view.metadata:
        told["onAllTasksComplete"] = "terminatejob"  # it says so once it is armed
    return _read("JobAddParameter", told)


@dataclass(frozen=True)
class _Tasks:
    """The tasks, asked for once. manager: the id of the one that is the job's, and no task of a spec."""

    ask_ids: Callable[[], Sequence[str]]
    ask_bodies: Callable[[], Sequence[Mapping[str, Any]]]
    manager: str | None

    @cached_property
    def ids(self) -> list[str]:
        return [task_id for task_id in self.ask_ids() if task_id != self.manager]

    @cached_property
    def bodies(self) -> dict[str, TaskAddParameter]:
        listed = ({name: body[name] for name in _TASK_MEMBERS if name in body} for body in self.ask_bodies())
        return {body["id"]: _read("TaskAddParameter", body) for body in listed}

    def body(self, at: int) -> TaskAddParameter:
        """The task at a place; its id alone when somebody has deleted it meanwhile."""
        task_id = self.ids[at]
        return self.bodies.get(task_id) or TaskAddParameter(id=task_id, command_line="")


@dataclass(frozen=True)
class _Ids(Sequence[str]):
    """The ids of tasks, asked for when somebody looks at them."""

    tasks: _Tasks

    def __len__(self) -> int:
        return len(self.tasks.ids)

    def __getitem__(self, at: Any) -> Any:
        return self.tasks.ids[at]
