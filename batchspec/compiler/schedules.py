"""The tasks of a schedule: stored in a file, and a job manager task that adds them to each job that the schedule makes.

A job specification holds no tasks. So they are compiled once, with two things left open that only a run knows:

    outputs/<schedule>/~run~    the run's own folder, so that no run writes over another: ~run~ is the end of its job's
                                id (job-1 of <schedule>:job-1). No id has a tilde: only this folder is meant by it.
    <container>...?<sas:rl>     a signature. They are part of the schedule, as settings of the manager, and so the
                                stored tasks are the same whenever and for whomever they are compiled.

A job of an apply is armed (onAllTasksComplete) only when it holds all of its tasks. Here it is from the start, which is
what that setting is made for, with a manager that only adds tasks and does not end its job (killJobOnCompletion):
https://learn.microsoft.com/dotnet/api/microsoft.azure.batch.protocol.models.jobaddparameter.onalltaskscomplete and
https://learn.microsoft.com/dotnet/api/microsoft.azure.batch.protocol.models.jobmanagertask.killjoboncompletion. As the
manager is one of the job's tasks, the job does not complete before it has; and one that fails for good does not keep
its schedule from the next run.

With a managed identity there is no signature: whatever goes through the container names the identity instead.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

from azure.batch.models import (
    AutoUserSpecification,
    EnvironmentSetting,
    JobAddParameter,
    JobManagerTask,
    TaskConstraints,
    UserIdentity,
)

from batchspec.compiler.files import Files
from batchspec.compiler.layout import RUN, job_folder, outputs_folder
from batchspec.compiler.program import Made, Origin, Program
from batchspec.manager import FORMAT, KEY_VARIABLE, LINK_VARIABLE, SCRIPT

if TYPE_CHECKING:
    from azure.batch.models import JobScheduleAddParameter, JobSpecification, TaskAddParameter

    from batchspec.compiler.links import Links
    from batchspec.spec.build import Spec

MANAGER_ID = "batchspec-add-tasks"
TASKS = "tasks.jsonl.gz"
RETRIES = 10  # it goes on where it was: a try that fails costs nothing but time


class Deferred:
    """Links whose signatures the manager puts in; `permissions` are those that it needs."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self.permissions: set[str] = set()
        self.stores = links.stores

    def link(self, container: str, blob: str | None, permissions: str) -> str:
        """The URL, with the permissions of its signature in place of the signature."""
        self.permissions.add(permissions)
        return f"{self._links.url(container, blob)}?<sas:{permissions}>"

    def url(self, container: str, blob: str | None) -> str:
        """The URL without any signature."""
        return self._links.url(container, blob)

    def account_key(self) -> str:
        """As it is: it does not go into tasks."""
        return self._links.account_key()

    def moment(self, later: timedelta) -> str:
        """As it is: tasks have none."""
        return self._links.moment(later)


def is_managed(spec: Spec) -> bool:
    """Whether the tasks are added by our manager: a schedule's, unless the job has a manager of its own."""
    job = spec.keys.job
    return bool(spec.keys.schedule is not None and spec.tasks and job is not None and job.job_manager_task is None)


def stored(spec: Spec, files: Files) -> Files:
    """The same files, for tasks that are stored."""
    assert spec.keys.job is not None, "tasks have a job"
    return replace(files, links=Deferred(files.links), run_id=f"{spec.keys.job.id}:{RUN}", _prefixes={})


def manage(
    spec: Spec, specification: JobSpecification, files: Files, kept: Files, tasks: Iterable[Made[TaskAddParameter]],
    *, hidden: bool
) -> None:  # fmt: skip
    """Give the job that a schedule makes its manager, and its manager the tasks.

    kept: the files of the tasks. hidden: whether the tasks have values that the service never tells.
    """
    assert spec.keys.job is not None, "tasks have a job"
    assert spec.keys.schedule is not None, "only a schedule's tasks are stored"
    head = {
        "format": FORMAT,
        "api_version": spec.keys.api_version,
        "container": files.links.url(files.container, None),
        "folder": outputs_folder(f"{spec.keys.job.id}:{RUN}"),
        "count": len(spec.tasks),
        "identity": files.identity.resource_id if files.identity is not None else None,
    }
    origin = Origin(spec.keys.schedule.node.span, spec.keys.schedule.pointer)
    shipped = [
        files.written(SCRIPT.name, SCRIPT.read_bytes(), origin),
        files.written(TASKS, _packed(head, (made.body for made in tasks)), origin, hidden=hidden),
    ]
    specification.job_manager_task = JobManagerTask(
        id=_free_id(MANAGER_ID, (task.id for task in spec.tasks)),
        display_name="Adds the tasks of this run",
        command_line=f"python3 -I {SCRIPT.name} {TASKS}",
        resource_files=shipped,
        environment_settings=list(_settings(spec, files, kept)) or None,
        constraints=TaskConstraints(max_task_retry_count=RETRIES),
        user_identity=UserIdentity(auto_user=AutoUserSpecification(scope="task", elevation_level="nonadmin")),
        kill_job_on_completion=False,
        run_exclusive=False,
    )


def of_run(program: Program, job_id: str) -> Program:
    """The program of one run: its job, with the id that the schedule gave it, in place of the schedule."""
    made = program.schedule
    assert made is not None, "only a schedule has runs"
    own, there = job_folder(f"{made.body.id}:{RUN}"), job_folder(job_id)
    specification = made.body.job_specification
    body = JobAddParameter(id=job_id, pool_info=specification.pool_info)
    vars(body).update(vars(specification))  # a job's members but for its id
    downloads = tuple(
        replace(item, prefix=item.prefix.replace(own, there, 1), folder=item.folder.replace(own, there, 1))
        for item in program.downloads
    )
    return replace(program, schedule=None, job=Made(body, made.origin), downloads=downloads)


def secrets(body: JobScheduleAddParameter) -> frozenset[str]:
    """What may never be shown of a manager of ours: the account's key, and signatures."""
    manager = body.job_specification.job_manager_task
    settings = manager.environment_settings or () if manager is not None else ()
    keys = {one.value for one in settings if one.name == KEY_VARIABLE}
    links = {one.value.partition("?")[2] for one in settings if one.name.startswith(LINK_VARIABLE)}
    return frozenset(text for text in keys | links if not text.startswith("<"))  # where placeholders are


def _packed(head: dict[str, Any], bodies: Iterable[TaskAddParameter]) -> bytes:
    made = BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=made, mtime=0) as file:
        for line in chain((head,), (body.serialize() for body in bodies)):
            file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    return made.getvalue()


def _settings(spec: Spec, files: Files, kept: Files) -> Iterator[EnvironmentSetting]:
    """What the manager must know, and its file shall not hold."""
    assert isinstance(kept.links, Deferred)
    if spec.keys.schedule is not None and spec.keys.schedule.credential == "account_key":
        yield EnvironmentSetting(name=KEY_VARIABLE, value=files.links.account_key())
    for permissions in sorted(kept.links.permissions):
        link = files.links.link(files.container, None, permissions)
        yield EnvironmentSetting(name=f"{LINK_VARIABLE}{permissions.upper()}", value=link)


def _free_id(wanted: str, taken: Iterable[str]) -> str:
    """An id that no task has: in which letters it is written makes no difference."""
    ids = {one.lower() for one in taken}
    while wanted in ids:
        wanted += "-"
    return wanted
