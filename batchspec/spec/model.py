"""The spec language, key by key: typed, frozen, and the one table that the JSON Schema is made from.

    Spec
    +-- parameters: {name: Parameter}
    +-- storage: Storage
    +-- pool: Pool               nodes: Nodes, image: alias or Image, start_task: StartTask
    +-- job: Job                 prepare: Preparation, release: Release, inputs
    +-- tasks: [Task]            matrix: {axis: list or Range}, inputs: [Input], outputs: [Output]
    +-- targets: {name: patch}

Limits are the service's own, from its REST reference (learn.microsoft.com/rest/api/batchservice): ids have at
most 64 characters; priority -1000 to 1000; retries -1 (without end) and up; container names 3 to 63.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from batchspec.load import Node
from batchspec.spec.shape import Anything, Duration, Either, Flag, ListOf, MapOf, Text, Value, Whole
from batchspec.spec.table import Bound, Table, key

ID = Text(pattern=r"[A-Za-z0-9_-]+", longest=64, form="letters, digits, - and _, at most 64 of them")
NAME = Text(pattern=r"[A-Za-z_][A-Za-z0-9_]*", form="a letter or _, then letters, digits and _")
VARIABLE = Text(
    pattern=r"(?!AZ_BATCH_|BATCHSPEC_RUN$)[A-Za-z_][A-Za-z0-9_]*",
    form="a letter or _, then letters, digits and _; names that start with AZ_BATCH_ belong to the service",
)
ENVIRONMENT = MapOf(Value(), VARIABLE)
COMMAND = Either((Text(shortest=1), ListOf(Value(("string", "number")), shortest=1)))
RETRIES = Whole(-1, 2**31 - 1)

_COMMAND_DOC = "An argv list, or a command line. It runs without a shell: no &&, no |, no $VAR."
_RUN_DOC = "A script for bash, run with set -euo pipefail. Any quoting survives."
_ENVIRONMENT_DOC = "Environment variables. A value of null leaves the variable out."
_ELEVATED_DOC = "Run as administrator. The local target refuses it."
_INPUTS_DOC = "Files that are put into the working directory before the command starts."
_RETRIES_DOC = "How often it is started again after a failure; -1 is without end."
_TIMEOUT_DOC = "The longest that one try may run; then it is killed."
_RETENTION_DOC = "How long its directory stays on the node."


class Parameter(Bound):
    """A value that the caller may give: -p date=2020-01-02."""

    type: str = key(
        Text(choices=("string", "integer", "number", "boolean")),
        "The type of the value.",
        "integer",
        default="string",
    )
    default: Any = key(Value(), "The value when the caller gives none; without it one must be given.", 4, default=None)
    description: str | None = key(Text(), "What it is for.", "How many tasks share the work", default=None)
    enum: tuple[Any, ...] | None = key(ListOf(Value(), 1), "The allowed values.", ["a", "b"], default=None)
    format: str | None = key(Text(choices=("date",)), "What a text must be: date is YYYY-MM-DD.", "date", default=None)
    pattern: str | None = key(Text(longest=1000), "A regular expression for all of a text.", "[a-z]+", default=None)
    minimum: float | None = key(Value(("number",)), "The least number.", 1, default=None)
    maximum: float | None = key(Value(("number",)), "The greatest number.", 64, default=None)


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


class Image(Bound):
    """A virtual machine image: one of the marketplace, or a gallery image by its resource id."""

    publisher: str | None = key(Text(shortest=1), "The publisher.", "canonical", default=None)
    offer: str | None = key(Text(shortest=1), "The offer.", "ubuntu-24_04-lts", default=None)
    sku: str | None = key(Text(shortest=1), "The SKU.", "server", default=None)
    version: str | None = key(Text(shortest=1), "The version; latest when not given.", "latest", default=None)
    id: str | None = key(
        Text(shortest=1),
        "The Azure resource id of a gallery image, instead of publisher, offer and sku.",
        "/subscriptions/...",
        default=None,
    )
    node_agent_sku_id: str = key(
        Text(shortest=1), "The Batch node agent that fits the image.", "batch.node.ubuntu 24.04"
    )

    one_of: ClassVar[tuple[str, ...]] = ("publisher", "id")


class Nodes(Bound):
    """How many nodes the pool has."""

    dedicated: int = key(Whole(0, 1_000_000), "Nodes that stay until they are given back.", 1, default=0)
    spot: int = key(Whole(0, 1_000_000), "Cheaper nodes that Azure may take away.", 4, default=0)


class Input(Bound):
    """Files for a working directory: from this machine, from a URL, or another task's outputs."""

    path: str | None = key(
        Text(shortest=1),
        "A local file or pattern (*, ?, **) from the spec's folder; what stands before a wildcard is left off.",
        "hexgrid/*.py",
        default=None,
    )
    url: str | None = key(
        Text(
            pattern=r"https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?([/?#][!-~]*)?",
            form="a URL: https:// or http://, a host, a path without spaces, percent-encoded",
        ),
        "A file to fetch; its last segment is its name.",
        "https://example.com/data.csv",
        default=None,
    )
    task: str | None = key(
        Text(shortest=1),
        "The outputs of a task, or of all tasks of a name, each in a folder named after its task; implies depends_on.",
        "grid",
        default=None,
    )
    to: str | None = key(
        Text(shortest=1),
        "The folder below the working directory that the files are put in.",
        "data",
        default=None,
    )

    one_of: ClassVar[tuple[str, ...]] = ("path", "url", "task")


class Output(Bound):
    """Files that a task leaves, kept in the storage container when it ends."""

    path: str = key(
        Text(shortest=1),
        "A file or pattern (*, ?, **), from the task's working directory.",
        "hexgrid_*.json",
    )
    download: bool = key(Flag(), "Bring it home into outputs/ when the job ends.", True, default=False)
    when: str = key(
        Text(choices=("success", "failure", "always")),
        "Keep it when the task succeeds, when it fails, or always.",
        "always",
        default="success",
    )


class Runs(Bound):
    """What every kind of task has."""

    command: str | tuple[Any, ...] | None = key(COMMAND, _COMMAND_DOC, ["python3", "-m", "app"], default=None)
    run: str | None = key(Text(shortest=1), _RUN_DOC, "python3 -m app > log.txt", default=None)
    environment: dict[str, Any] | None = key(ENVIRONMENT, _ENVIRONMENT_DOC, {"MODE": "fast"}, default=None)
    inputs: tuple[Input, ...] = key(ListOf(Table(Input)), _INPUTS_DOC, [{"path": "data/*.csv"}], default=())
    elevated: bool = key(Flag(), _ELEVATED_DOC, True, default=False)

    one_of: ClassVar[tuple[str, ...]] = ("command", "run")


class StartTask(Runs):
    """What each node does once, when it joins the pool."""

    retries: int | None = key(RETRIES, _RETRIES_DOC, 1, default=None)
    wait_for_success: bool = key(Flag(), "Tasks wait until it has succeeded.", False, default=True)


class Preparation(Runs):
    """What each node does once for the job, before the job's first task there."""

    retries: int | None = key(RETRIES, _RETRIES_DOC, 1, default=None)
    timeout: timedelta | None = key(Duration(), _TIMEOUT_DOC, "30m", default=None)
    retention: timedelta | None = key(Duration(), _RETENTION_DOC, "7d", default=None)
    wait_for_success: bool = key(Flag(), "The job's tasks wait until it has succeeded.", False, default=True)


class Release(Runs):
    """What each node that worked for the job does when the job has ended."""

    timeout: timedelta | None = key(Duration(), _TIMEOUT_DOC, "5m", default=None)
    retention: timedelta | None = key(Duration(), _RETENTION_DOC, "1d", default=None)


class Pool(Bound):
    """The machines."""

    id: str = key(ID, "The pool's id.", "hexgrid")
    vm_size: str = key(
        Text(pattern=r"[A-Za-z0-9_]+", form="the name of an Azure VM size"),
        "The size of its machines.",
        "Standard_D2s_v5",
    )
    image: str | Image = key(
        Either((Text(shortest=1), Table(Image))),
        "An alias such as ubuntu-24.04, or a full reference.",
        "ubuntu-24.04",
    )
    nodes: Nodes = key(Table(Nodes), "How many there are.", {"dedicated": 1, "spot": 0})
    task_slots_per_node: int = key(Whole(1, 256), "How many slots for tasks a node has.", 2, default=1)
    start_task: StartTask | None = key(
        Table(StartTask),
        "What each node does once, when it joins.",
        {"run": "apt-get update && apt-get install -y python3-venv", "elevated": True},
        default=None,
    )


class Job(Bound):
    """The work, and what all of its tasks have in common."""

    id: str = key(ID, "The job's id: one run, one id.", "hexgrid-2020-01-01")
    environment: dict[str, Any] | None = key(
        ENVIRONMENT,
        "Environment variables of all tasks. A value of null leaves the variable out.",
        {"MODE": "fast"},
        default=None,
    )
    inputs: tuple[Input, ...] = key(
        ListOf(Table(Input)),
        "Files that every task gets, beside its own.",
        [{"path": "app/*.py"}],
        default=(),
    )
    prepare: Preparation | None = key(
        Table(Preparation),
        "What each node does once, before the job's first task there.",
        {"run": "make tools"},
        default=None,
    )
    release: Release | None = key(
        Table(Release), "What each node does once the job has ended.", {"run": "rm -rf cache"}, default=None
    )
    timeout: timedelta | None = key(
        Duration(),
        "The longest that the job may take; then it is ended with all that runs.",
        "2h",
        default=None,
    )
    retries: int | None = key(
        RETRIES, "How often a task that fails is started again, unless it says so itself.", 1, default=None
    )
    priority: int = key(Whole(-1000, 1000), "Jobs of a higher priority go first.", 100, default=0)


class Range(Bound):
    """Whole numbers, as Python's range gives them."""

    range: int | tuple[int, ...] = key(
        Either((Whole(0, 1_000_000), ListOf(Whole(-(10**12), 10**12), 2, 3))),
        "How many, from 0; or [start, stop] or [start, stop, step].",
        4,
    )


AXIS = Either((ListOf(Value(("string", "number", "boolean")), 1), Table(Range)))


class Task(Runs):
    """A process on a node. With a matrix it is a template, and makes one task for each combination."""

    id: str = key(ID, "The task's id, unique in its job.", "merge")
    name: str | None = key(
        Text(shortest=1, longest=1024),
        "A name that others can depend on; for a template it means all that it makes.",
        "interpolate",
        default=None,
    )
    matrix: dict[str, Any] | None = key(
        MapOf(AXIS, NAME, fewest=1),
        "Named axes; the template makes a task for each combination.",
        {"shard": {"range": 4}},
        default=None,
    )
    outputs: tuple[Output, ...] = key(
        ListOf(Table(Output)), "Files that it leaves.", [{"path": "hexgrid.*", "download": True}], default=()
    )
    depends_on: tuple[str, ...] = key(
        ListOf(Text(shortest=1)), "Ids or names of tasks that must succeed first.", ["grid"], default=()
    )
    retries: int | None = key(RETRIES, _RETRIES_DOC, 2, default=None)
    timeout: timedelta | None = key(Duration(), _TIMEOUT_DOC, "30m", default=None)
    retention: timedelta | None = key(Duration(), _RETENTION_DOC, "7d", default=None)
    required_slots: int = key(Whole(1, 256), "How many of a node's slots it takes.", 1, default=1)


class SpecKeys(Bound):
    """A batchspec spec, version v1."""

    batchspec: str = key(Text(choices=("v1",)), "The version of the spec language.", "v1")
    name: str = key(ID, "The spec's name; it marks all that it makes.", "hexgrid")
    parameters: dict[str, Parameter] | None = key(
        MapOf(Table(Parameter), NAME),
        "Values that the caller may give.",
        {"shards": {"type": "integer", "default": 4}},
        default=None,
    )
    storage: Storage | None = key(
        Table(Storage), "Where files are kept on their way.", {"container": "hexgrid"}, default=None
    )
    pool: Pool = key(
        Table(Pool),
        "The machines.",
        {"id": "hexgrid", "vm_size": "Standard_D2s_v5", "image": "ubuntu-24.04", "nodes": {"dedicated": 1}},
    )
    job: Job = key(Table(Job), "The work, and what all of its tasks have in common.", {"id": "hexgrid-1"})
    tasks: tuple[Task, ...] = key(
        ListOf(Table(Task), 1), "The task graph.", [{"id": "hello", "command": "/bin/echo hi"}]
    )
    targets: dict[str, Node] | None = key(
        MapOf(Anything(), NAME),
        "Changes (RFC 7386 merge patches) for one place to run it: local, azure or your own name.",
        {"local": {"pool": {"start_task": None}}},
        default=None,
    )
