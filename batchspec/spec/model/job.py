"""The work, and what all of its tasks have in common."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from batchspec.spec.model import common
from batchspec.spec.model.common import DISPLAY_NAME, ENVIRONMENT, ID, METADATA, RETRIES
from batchspec.spec.model.files import Input
from batchspec.spec.model.pool import PoolSpecification
from batchspec.spec.model.runs import Manager, Preparation, Release
from batchspec.spec.model.tasks import TaskDefaults
from batchspec.spec.native.common import IDENTITY, ComputeNodeIdentityReference
from batchspec.spec.native.tasks import JobNetworkConfiguration
from batchspec.spec.shape import Duration, Either, Flag, ListOf, Moment, Text, Value, Whole
from batchspec.spec.table import Bound, Table, key, native


class AutoPool(Bound):
    """A pool that the service makes for the job, and deletes with it."""

    sdk: ClassVar[str] = "AutoPoolSpecification"

    auto_pool_id_prefix: str | None = native(Text(shortest=1, longest=20), "What the pool's id begins with.", "hexgrid")
    pool_lifetime_option: str = native(
        Text(choices=("jobschedule", "job")),
        "One pool for each job, or one for all of a schedule.",
        "job",
        required=True,
    )
    keep_alive: bool | None = native(Flag(), "Keep the pool when its time is over; false when not given.", False)
    pool: PoolSpecification | None = native(
        Table(PoolSpecification),
        "Its machines, as under pool.",
        {"vm_size": "Standard_D2s_v5", "image": "ubuntu-24.04", "nodes": {"dedicated": 1}},
    )


class PoolInformation(Bound):
    """The pool that a job runs on, when it is not the spec's own."""

    sdk: ClassVar[str] = "PoolInformation"

    pool_id: str | None = native(ID, "The id of a pool that is there already.", "shared-pool")
    auto_pool_specification: AutoPool | None = native(
        Table(AutoPool),
        "A pool that the service makes for the job.",
        {"pool_lifetime_option": "job", "pool": {"vm_size": "Standard_D2s_v5", "image": "ubuntu-24.04"}},
    )


class Job(Bound):
    """The work, and what all of its tasks have in common."""

    sdk: ClassVar[str] = "JobAddParameter"

    id: str = native(ID, "The job's id: one run, one id.", "hexgrid-2020-01-01", required=True)
    display_name: str | None = native(DISPLAY_NAME, common.DISPLAY_DOC, "The hexgrid of a day")
    environment: dict[str, Any] | None = key(
        ENVIRONMENT,
        "Environment variables of all tasks. A value of null leaves the variable out; {} names it without a value.",
        {"MODE": "fast"},
        default=None,
        field="common_environment_settings",
    )
    inputs: tuple[Input, ...] = key(
        ListOf(Table(Input)),
        "Files that every task gets, beside its own.",
        [{"path": "app/*.py"}],
        default=(),
    )
    task_defaults: TaskDefaults | None = key(
        Table(TaskDefaults),
        "What every task has that does not say it itself (a merge patch under each task).",
        {"retries": 2, "timeout": "30m"},
        default=None,
    )
    prepare: Preparation | None = key(
        Table(Preparation),
        "What each node does once, before the job's first task there.",
        {"run": "make tools"},
        default=None,
        field="job_preparation_task",
    )
    release: Release | None = key(
        Table(Release),
        "What each node does once the job has ended.",
        {"run": "rm -rf cache"},
        default=None,
        field="job_release_task",
    )
    job_manager_task: Manager | None = native(
        Table(Manager),
        "A task that the service starts with the job, and that may add others.",
        {"id": "manager", "command": "python3 manager.py"},
    )
    pool_info: PoolInformation | None = native(
        Table(PoolInformation), "The pool that it runs on, when it is not this spec's.", {"pool_id": "shared-pool"}
    )
    timeout: timedelta | None = key(
        Duration(),
        "The longest that the job may take; then it is ended with all that runs.",
        "2h",
        default=None,
        field="constraints.max_wall_clock_time",
    )
    retries: int | None = key(
        RETRIES,
        "How often a task that fails is started again, unless it says so itself.",
        1,
        default=None,
        field="constraints.max_task_retry_count",
    )
    priority: int | None = native(Whole(-1000, 1000), "Jobs of a higher priority go first; 0 when not given.", 100)
    max_parallel_tasks: int | None = native(
        Whole(-1, 2**31 - 1), "The most tasks that run at once; -1, without a limit, when not given.", 50
    )
    allow_task_preemption: bool | None = native(
        Flag(), "Jobs of a higher priority may take the nodes from its running tasks.", True
    )
    on_all_tasks_complete: str | None = key(
        Either((Text(choices=("noaction", "terminatejob")), Value(("null",)))),
        "What the service does when all tasks have ended; null leaves it to the service's own default, noaction.",
        "noaction",
        default="terminatejob",
        field="on_all_tasks_complete",
    )
    on_task_failure: str | None = native(
        Text(choices=("noaction", "performexitoptionsjobaction")),
        "Whether a task's exit conditions may act on the job.",
        "performexitoptionsjobaction",
    )
    uses_task_dependencies: bool | None = native(
        Flag(), "Tasks may wait for each other; true by itself when one of them does.", True
    )
    network_configuration: JobNetworkConfiguration | None = native(
        Table(JobNetworkConfiguration),
        "A subnet that its tasks' nodes join.",
        {"subnet_id": "/subscriptions/.../subnets/jobs"},
    )
    metadata: dict[str, str] | None = key(
        METADATA, common.METADATA_DOC, {"owner": "weather"}, default=None, field="metadata"
    )


class Schedule(Bound):
    """When the job is made anew, again and again."""

    sdk: ClassVar[str] = "JobScheduleAddParameter"

    every: timedelta | None = key(
        Duration(),
        "The time from one job to the next, a minute at least; without it there is one job.",
        "1d",
        default=None,
        field="schedule.recurrence_interval",
    )
    start: datetime | None = key(
        Moment(), "No job before this moment.", "2026-01-01T03:00:00Z", default=None, field="schedule.do_not_run_until"
    )
    until: datetime | None = key(
        Moment(), "No job after this moment.", "2026-12-31T00:00:00Z", default=None, field="schedule.do_not_run_after"
    )
    window: timedelta | None = key(
        Duration(),
        "How late a job may still be made, a minute at least; later it is left out.",
        "1h",
        default=None,
        field="schedule.start_window",
    )
    credential: str | None = key(
        Text(choices=("account_key", "managed_identity")),
        "How each run's manager, which adds the tasks, signs in to Batch: with the account's key, that all who can read"
        " its task then see, or as an identity of the pool.",
        "managed_identity",
        default=None,
    )
    identity_reference: ComputeNodeIdentityReference | None = key(
        Table(ComputeNodeIdentityReference),
        "The pool's user-assigned identity, for managed_identity; it opens the storage container, too.",
        {"resource_id": IDENTITY},
        default=None,
    )
    display_name: str | None = native(DISPLAY_NAME, common.DISPLAY_DOC, "A hexgrid every day")
    metadata: dict[str, str] | None = key(
        METADATA, common.METADATA_DOC, {"owner": "weather"}, default=None, field="metadata"
    )
