"""The task graph."""

from __future__ import annotations

from typing import Any, ClassVar

from batchspec.spec.model.common import COMMAND, DISPLAY_NAME, TASK_ID
from batchspec.spec.model.files import Input
from batchspec.spec.model.matrix import MATRIX, Matrix
from batchspec.spec.model.runs import Limited
from batchspec.spec.native.tasks import AffinityInformation, ExitConditions
from batchspec.spec.shape import Either, ListOf, Text, TextOrNumber, Whole
from batchspec.spec.table import Bound, Table, key, native


class IdRange(Bound):
    """Tasks whose ids are the whole numbers of a range, its end included."""

    sdk: ClassVar[str] = "TaskIdRange"

    start: int = native(Whole(0, 2**31 - 1), "The first id.", 1, required=True)
    end: int = native(Whole(0, 2**31 - 1), "The last id.", 100, required=True)


class MultiInstance(Bound):
    """A task that runs on several nodes at once, as MPI does."""

    sdk: ClassVar[str] = "MultiInstanceSettings"

    number_of_instances: int | None = native(Whole(1, 2**31 - 1), "How many nodes it takes; 1 when not given.", 4)
    coordination_command_line: str | tuple[Any, ...] = native(
        COMMAND,
        "What every node runs first; the task itself starts on one of them when all have succeeded.",
        "/bin/bash -c 'hostname'",
        required=True,
    )
    common_resource_files: tuple[Input, ...] | None = native(
        ListOf(Table(Input)),
        "Files for every node, in the folder above the working directory.",
        [{"path": "mpi/hostfile.sh"}],
    )


class TaskDefaults(Limited):
    """What every task has that does not say it itself."""

    on_dependency_failure: str | None = key(
        Text(choices=("block", "satisfy")),
        "When a task that it waits for fails: block it for ever, or let it run all the same; block when not given.",
        "satisfy",
        default=None,
        field="exit_conditions",
    )
    exit_conditions: ExitConditions | None = native(
        Table(ExitConditions),
        "What the job and the tasks that wait for it do when it ends in a certain way.",
        {"exit_codes": [{"code": 3, "exit_options": {"dependency_action": "satisfy"}}]},
    )

    one_of: ClassVar[tuple[str, ...]] = ()


class Task(TaskDefaults):
    """A process on a node. With a matrix it is a template, and makes one task for each combination."""

    sdk: ClassVar[str] = "TaskAddParameter"

    id: str = native(TASK_ID, "The task's id, unique in its job.", "merge", required=True)
    name: str | None = key(
        DISPLAY_NAME,
        "A name that others can depend on; for a template it means all that it makes.",
        "interpolate",
        default=None,
        field="display_name",
    )
    matrix: Matrix | None = key(
        MATRIX,
        "Named axes; the task is made once for each combination. zip, include and exclude change which those are.",
        {"shard": {"range": 4}, "mode": ["fast", "exact"], "exclude": [{"shard": 0, "mode": "fast"}]},
        default=None,
    )
    depends_on: tuple[str | IdRange, ...] = key(
        ListOf(Either((TextOrNumber(shortest=1), Table(IdRange)))),
        "Ids or names of tasks that must succeed first, and ranges of ids that are whole numbers.",
        ["grid"],
        default=(),
        field="depends_on.task_ids",
    )
    multi_instance_settings: MultiInstance | None = native(
        Table(MultiInstance),
        "Run it on several nodes at once.",
        {"number_of_instances": 4, "coordination_command_line": "/bin/true"},
    )
    affinity_info: AffinityInformation | None = native(
        Table(AffinityInformation), "The node that it would best run on.", {"affinity_id": "tvmps_..."}
    )

    one_of: ClassVar[tuple[str, ...]] = ("command", "run")
