"""What every kind of task has, and the tasks that are not in the task graph.

Runs
+-- StartTask           once on each node of the pool
+-- Preparation         once on each node of the job
+-- Release             once on each such node, when the job has ended
+-- Manager             once for the job, before its other tasks
+-- Task                (in `tasks`)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from batchspec.spec.model import common
from batchspec.spec.model.common import COMMAND, DISPLAY_NAME, ENVIRONMENT, ID, RETRIES
from batchspec.spec.model.files import Input, Output
from batchspec.spec.native.tasks import (
    ApplicationPackageReference,
    AuthenticationTokenSettings,
    TaskContainerSettings,
    UserIdentity,
)
from batchspec.spec.shape import Duration, Flag, ListOf, Text, Whole
from batchspec.spec.table import Bound, Table, key, native

PACKAGES = ListOf(Table(ApplicationPackageReference))
PACKAGES_DOC = "Application packages of the Batch account that are put on the node before it starts."
PACKAGES_EXAMPLE = [{"application_id": "blender", "version": "4.2"}]
TOKEN_DOC = "Gave the task a token for the service; API 2025-06-01 has it no more."  # noqa: S105  a sentence


class Runs(Bound):
    """What every kind of task has."""

    command: str | tuple[Any, ...] | None = key(
        COMMAND, common.COMMAND_DOC, ["python3", "-m", "app"], default=None, field="command_line"
    )
    run: str | None = key(
        Text(shortest=1), common.RUN_DOC, "python3 -m app > log.txt", default=None, field="command_line"
    )
    environment: dict[str, Any] | None = key(
        ENVIRONMENT, common.ENVIRONMENT_DOC, {"MODE": "fast"}, default=None, field="environment_settings"
    )
    inputs: tuple[Input, ...] = key(
        ListOf(Table(Input)), common.INPUTS_DOC, [{"path": "data/*.csv"}], default=(), field="resource_files"
    )
    elevated: bool = key(
        Flag(), common.ELEVATED_DOC, True, default=False, field="user_identity.auto_user.elevation_level"
    )
    user_identity: UserIdentity | None = native(
        Table(UserIdentity),
        "The user that it runs as, where elevated: true does not say it; a user of its own when not given.",
        {"auto_user": {"scope": "task", "elevation_level": "nonadmin"}},
    )
    container_settings: TaskContainerSettings | None = native(
        Table(TaskContainerSettings),
        "The container that it runs in.",
        {"image_name": "ubuntu:24.04", "container_run_options": "--rm"},
    )

    one_of: ClassVar[tuple[str, ...]] = ("command", "run")


class StartTask(Runs):
    """What each node does once, when it joins the pool."""

    sdk: ClassVar[str] = "StartTask"

    retries: int | None = key(RETRIES, common.RETRIES_DOC, 1, default=None, field="max_task_retry_count")
    wait_for_success: bool | None = native(Flag(), common.WAIT_DOC, False)


class Preparation(Runs):
    """What each node does once for the job, before the job's first task there."""

    sdk: ClassVar[str] = "JobPreparationTask"

    id: str | None = native(ID, "Its id among the job's tasks; jobpreparation when not given.", "prepare")
    retries: int | None = key(RETRIES, common.RETRIES_DOC, 1, default=None, field="constraints.max_task_retry_count")
    timeout: timedelta | None = key(
        Duration(), common.TIMEOUT_DOC, "30m", default=None, field="constraints.max_wall_clock_time"
    )
    retention: timedelta | None = key(
        Duration(), common.RETENTION_DOC, "7d", default=None, field="constraints.retention_time"
    )
    wait_for_success: bool | None = native(Flag(), common.WAIT_DOC, False)
    rerun_on_node_reboot_after_success: bool | None = native(
        Flag(), "Run it again on a node that has started anew; true when not given.", False
    )


class Release(Runs):
    """What each node that worked for the job does when the job has ended."""

    sdk: ClassVar[str] = "JobReleaseTask"

    id: str | None = native(ID, "Its id among the job's tasks; jobrelease when not given.", "clean-up")
    timeout: timedelta | None = key(
        Duration(), "The longest that it may run, 15 minutes at most.", "5m", default=None, field="max_wall_clock_time"
    )
    retention: timedelta | None = key(Duration(), common.RETENTION_DOC, "1d", default=None, field="retention_time")


class Limited(Runs):
    """What the job's tasks and its manager have in common."""

    outputs: tuple[Output, ...] = key(
        ListOf(Table(Output)),
        "Files that it leaves.",
        [{"path": "hexgrid.*", "download": True}],
        default=(),
        field="output_files",
    )
    retries: int | None = key(RETRIES, common.RETRIES_DOC, 2, default=None, field="constraints.max_task_retry_count")
    timeout: timedelta | None = key(
        Duration(), common.TIMEOUT_DOC, "30m", default=None, field="constraints.max_wall_clock_time"
    )
    retention: timedelta | None = key(
        Duration(), common.RETENTION_DOC, "7d", default=None, field="constraints.retention_time"
    )
    required_slots: int | None = native(Whole(1, 256), "How many of a node's slots it takes; 1 when not given.", 2)
    application_package_references: tuple[ApplicationPackageReference, ...] | None = native(
        PACKAGES, PACKAGES_DOC, PACKAGES_EXAMPLE
    )
    authentication_token_settings: AuthenticationTokenSettings | None = native(
        Table(AuthenticationTokenSettings), TOKEN_DOC, {"access": ["job"]}, api="2024-02-01.19.0"
    )


class Manager(Limited):
    """A task that the service starts with the job, and that may add the job's other tasks."""

    sdk: ClassVar[str] = "JobManagerTask"

    id: str = native(ID, "Its id among the job's tasks.", "manager", required=True)
    display_name: str | None = native(DISPLAY_NAME, common.DISPLAY_DOC, "Adds the day's tasks")
    kill_job_on_completion: bool | None = native(Flag(), "The job ends when it ends; true when not given.", False)
    run_exclusive: bool | None = native(Flag(), "No other task runs on its node; true when not given.", False)
    allow_low_priority_node: bool | None = native(Flag(), "It may run on a spot node; true when not given.", False)
