"""The service's own fields of tasks and jobs."""

from __future__ import annotations

from typing import ClassVar

from batchspec.spec.native.common import (
    API_2024,
    API_2025,
    ELEVATION,
    IDENTITY,
    INT32,
    OPTIONS,
    SUBNET,
    TEXT,
    ComputeNodeIdentityReference,
    ContainerRegistry,
    HttpHeader,
)
from batchspec.spec.shape import Flag, ListOf, Text
from batchspec.spec.table import Bound, Table, native


class ContainerHostBatchBindMountEntry(Bound):
    """A folder of the node that a task's container sees."""

    sdk: ClassVar[str] = "ContainerHostBatchBindMountEntry"

    source: str | None = native(
        Text(choices=("Shared", "Startup", "VfsMounts", "Task", "JobPrep", "Applications")),
        "Which of the node's Batch folders it is.",
        "Task",
        api=API_2025,
    )
    is_read_only: bool | None = native(
        Flag(), "Whether the container may only read it; false when not given.", True, api=API_2025
    )


class TaskContainerSettings(Bound):
    """The container that a task runs in."""

    sdk: ClassVar[str] = "TaskContainerSettings"

    container_run_options: str | None = native(
        OPTIONS, "More arguments for docker create, beside those that the service gives.", "--gpus all --ipc host"
    )
    image_name: str = native(
        TEXT,
        "The image, as docker pull takes it; the tag is latest when not given.",
        "hexgrid.azurecr.io/solver:1.4",
        required=True,
    )
    registry: ContainerRegistry | None = native(
        Table(ContainerRegistry),
        "The private registry that has the image; not needed when the pool names it already.",
        {"registry_server": "hexgrid.azurecr.io", "identity_reference": {"resource_id": IDENTITY}},
    )
    working_directory: str | None = native(
        Text(choices=("taskWorkingDirectory", "containerImageDefault")),
        "Where the command starts: in the task's folder, which is the default, or where the image says.",
        "containerImageDefault",
    )
    container_host_batch_bind_mounts: tuple[ContainerHostBatchBindMountEntry, ...] | None = native(
        ListOf(Table(ContainerHostBatchBindMountEntry)),
        "The node's folders that the container sees; all of them when not given, none when the list is empty.",
        [{"source": "Task", "is_read_only": False}],
        api=API_2025,
    )


class AutoUserSpecification(Bound):
    """A user that the service makes for the task."""

    sdk: ClassVar[str] = "AutoUserSpecification"

    scope: str | None = native(
        Text(choices=("task", "pool")),
        "One user for all tasks of a node (pool), or a new one for each task; pool when not given.",
        "task",
    )
    elevation_level: str | None = native(ELEVATION, "Whether it is an administrator; nonadmin when not given.", "admin")


class UserIdentity(Bound):
    """The user that a task runs as."""

    sdk: ClassVar[str] = "UserIdentity"

    user_name: str | None = native(
        TEXT, "The name of one of the pool's user accounts; not together with auto_user.", "solver"
    )
    auto_user: AutoUserSpecification | None = native(
        Table(AutoUserSpecification),
        "A user that the service makes; not together with user_name.",
        {"scope": "pool", "elevation_level": "admin"},
    )


class ApplicationPackageReference(Bound):
    """An application package of the Batch account that is put on the nodes."""

    sdk: ClassVar[str] = "ApplicationPackageReference"

    application_id: str = native(
        TEXT, "The application's id; for a pool its full Azure resource id.", "blender", required=True
    )
    version: str | None = native(TEXT, "The version; the application's default version when not given.", "4.2")


class AuthenticationTokenSettings(Bound):
    """A token in the task's environment with which it can call the service itself."""

    sdk: ClassVar[str] = "AuthenticationTokenSettings"

    access: tuple[str, ...] | None = native(
        ListOf(Text(choices=("job",))), "What the token opens: job is the task's own job.", ["job"], api=API_2024
    )


class OutputFileBlobContainerDestination(Bound):
    """A blob container that output files are put in."""

    sdk: ClassVar[str] = "OutputFileBlobContainerDestination"

    path: str | None = native(
        TEXT,
        "The blob's name, or with a wildcard in the pattern the folder; the container's root when not given.",
        "runs/2020-01-01",
    )
    container_url: str = native(
        TEXT,
        "The container's URL; it carries a SAS that may write, unless there is an identity_reference.",
        "https://hexgrid.blob.core.windows.net/results",
        required=True,
    )
    identity_reference: ComputeNodeIdentityReference | None = native(
        Table(ComputeNodeIdentityReference),
        "The identity to write as; it takes the place of a SAS in the URL.",
        {"resource_id": IDENTITY},
    )
    upload_headers: tuple[HttpHeader, ...] | None = native(
        ListOf(Table(HttpHeader)),
        "Headers of the upload requests, of those that Put Blob allows.",
        [{"name": "x-ms-blob-content-type", "value": "application/json"}],
    )


class OutputFileDestination(Bound):
    """Where output files are put."""

    sdk: ClassVar[str] = "OutputFileDestination"

    container: OutputFileBlobContainerDestination | None = native(
        Table(OutputFileBlobContainerDestination),
        "A blob container.",
        {
            "container_url": "https://hexgrid.blob.core.windows.net/results",
            "identity_reference": {"resource_id": IDENTITY},
        },
    )


class ExitOptions(Bound):
    """What the service does after a task has ended in some way."""

    sdk: ClassVar[str] = "ExitOptions"

    job_action: str | None = native(
        Text(choices=("none", "disable", "terminate")),
        "What happens to the job: none by default for exit code 0, else terminate; only when the job acts on failures.",
        "terminate",
    )
    dependency_action: str | None = native(
        Text(choices=("satisfy", "block")),
        "Whether the tasks that depend on it may start; satisfy by default for exit code 0, else block.",
        "satisfy",
    )


class ExitCodeMapping(Bound):
    """What happens after one exit code."""

    sdk: ClassVar[str] = "ExitCodeMapping"

    code: int = native(INT32, "The exit code.", 3, required=True)
    exit_options: ExitOptions = native(
        Table(ExitOptions), "What the service does then.", {"dependency_action": "satisfy"}, required=True
    )


class ExitCodeRangeMapping(Bound):
    """What happens after a range of exit codes."""

    sdk: ClassVar[str] = "ExitCodeRangeMapping"

    start: int = native(INT32, "The first exit code.", 10, required=True)
    end: int = native(INT32, "The last exit code, itself included.", 19, required=True)
    exit_options: ExitOptions = native(
        Table(ExitOptions), "What the service does then.", {"job_action": "terminate"}, required=True
    )


class ExitConditions(Bound):
    """What the service does after each way in which a task can end."""

    sdk: ClassVar[str] = "ExitConditions"

    exit_codes: tuple[ExitCodeMapping, ...] | None = native(
        ListOf(Table(ExitCodeMapping)),
        "Single exit codes and what happens after each.",
        [{"code": 3, "exit_options": {"dependency_action": "satisfy"}}],
    )
    exit_code_ranges: tuple[ExitCodeRangeMapping, ...] | None = native(
        ListOf(Table(ExitCodeRangeMapping)),
        "Ranges of exit codes and what happens after each.",
        [{"start": 10, "end": 19, "exit_options": {"job_action": "terminate"}}],
    )
    pre_processing_error: ExitOptions | None = native(
        Table(ExitOptions),
        "What happens when the task could not start, for example because an input is missing.",
        {"job_action": "terminate"},
    )
    file_upload_error: ExitOptions | None = native(
        Table(ExitOptions),
        "What happens when its output files could not be kept; an exit code that is listed goes first.",
        {"dependency_action": "block"},
    )
    default: ExitOptions | None = native(
        Table(ExitOptions),
        "What happens after any other failure; exit code 0 is never meant.",
        {"dependency_action": "block"},
    )


class AffinityInformation(Bound):
    """A node that the task would best run on."""

    sdk: ClassVar[str] = "AffinityInformation"

    affinity_id: str = native(
        TEXT,
        "The affinity id of a node or of an earlier task; when that node is busy the task runs elsewhere.",
        "TVM:tvmps_0123456789abcdef_d",
        required=True,
    )


class JobNetworkConfiguration(Bound):
    """The virtual network that nodes join while they run the job's tasks."""

    sdk: ClassVar[str] = "JobNetworkConfiguration"

    subnet_id: str = native(
        TEXT,
        "The Azure resource id of the subnet; in the account's region and subscription, with an address for each node.",
        SUBNET,
        required=True,
    )
    skip_withdraw_from_vnet: bool | None = native(
        Flag(), "Whether the nodes stay in the network when the job has ended; false when not given.", True,
        api=API_2025,
    )  # fmt: skip
