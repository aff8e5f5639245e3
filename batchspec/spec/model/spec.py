"""The whole of a spec."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from batchspec.reading import Node
from batchspec.spec.model.common import ID, NAME
from batchspec.spec.model.job import Job, Schedule
from batchspec.spec.model.parameters import Parameter
from batchspec.spec.model.pool import NEW, OLD, Pool
from batchspec.spec.model.tasks import Task
from batchspec.spec.shape import Anything, Duration, Flag, ListOf, MapOf, Text
from batchspec.spec.table import Bound, Table, key


class Storage(Bound):
    """The blob container that inputs go up through and outputs come down."""

    container: str = key(
        Text(
            pattern=r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
            form="3 to 63 lower-case letters, digits and single hyphens",
        ),
        "The container's name; it is made when it is not there.",
        "hexgrid",
        default="batchspec",
    )
    sas_lifetime: timedelta = key(
        Duration(), "How long the signed links (SAS) in the tasks are good.", "7d", default=timedelta(days=7)
    )


class Logs(Bound):
    """What becomes of what tasks print, which is on their nodes, and goes with them."""

    persist: bool = key(
        Flag(),
        "Keep each task's stdout and stderr in the storage container, too, when it ends.",
        False,
        default=True,
    )


class OnFinish(Bound):
    """What becomes of the pool and the job when the work has ended, well or badly, or the watch is interrupted."""

    pool: str = key(
        Text(choices=("keep", "scale_to_zero", "delete")),
        "Whether the spec's own pool stays as it is, stays without nodes, or goes; other jobs that use it keep it. "
        "A pool of fixed nodes that is not kept has a formula that takes them away when no task waits or runs.",
        "scale_to_zero",
        default="keep",
    )
    job: str = key(
        Text(choices=("keep", "delete")),
        "Whether the job stays to be looked at, or goes once its results are home.",
        "delete",
        default="keep",
    )


class SpecKeys(Bound):
    """A batchspec spec, version v1."""

    batchspec: str = key(Text(choices=("v1",)), "The version of the spec language.", "v1")
    name: str = key(ID, "The spec's name; it marks all that it makes.", "hexgrid")
    api_version: str = key(
        Text(choices=(NEW, OLD)), "The version of the service's REST API that is spoken.", OLD, default=NEW
    )
    include: tuple[str, ...] = key(
        ListOf(Text(shortest=1)),
        "Files with parts of a spec, from this file's folder, merged under it; their tasks come first.",
        ["common/pool.yaml"],
        default=(),
    )
    parameters: dict[str, Parameter] | None = key(
        MapOf(Table(Parameter), NAME),
        "Values that the caller may give.",
        {"shards": {"type": "integer", "default": 4}},
        default=None,
    )
    storage: Storage | None = key(
        Table(Storage), "Where files are kept on their way.", {"container": "hexgrid"}, default=None
    )
    logs: Logs | None = key(
        Table(Logs),
        "Whether what the tasks and the job manager task print outlives their nodes; needs a storage account.",
        {"persist": False},
        default=None,
    )
    pool: Pool | None = key(
        Table(Pool),
        "The machines.",
        {"id": "hexgrid", "vm_size": "Standard_D2s_v5", "image": "ubuntu-24.04", "nodes": {"dedicated": 1}},
        default=None,
    )
    job: Job | None = key(
        Table(Job), "The work, and what all of its tasks have in common.", {"id": "hexgrid-1"}, default=None
    )
    schedule: Schedule | None = key(
        Table(Schedule),
        "Make the job again and again; job.id is then the schedule's id.",
        {"every": "1d"},
        default=None,
        field="schedule",
    )
    tasks: tuple[Task, ...] = key(
        ListOf(Table(Task), 1), "The task graph.", [{"id": "hello", "command": "/bin/echo hi"}], default=()
    )
    on_finish: OnFinish | None = key(
        Table(OnFinish),
        "What becomes of pool and job when the work has ended: done by the apply that watches it; "
        "the pool's nodes go even when nobody does.",
        {"pool": "scale_to_zero"},
        default=None,
    )
    targets: dict[str, Node] | None = key(
        MapOf(Anything(), NAME),
        "Changes (RFC 7386 merge patches) for one place to run it: local, azure or your own name.",
        {"local": {"pool": {"start_task": None}}},
        default=None,
    )

    any_of: ClassVar[tuple[str, ...]] = ("pool", "job")
