"""The service's own fields of a pool: its users, upgrades, scheduling and certificates."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from batchspec.spec.native.common import (
    API_2024,
    API_2025,
    ELEVATION,
    INT32,
    PERCENT,
    SOME_PERCENT,
    TEXT,
)
from batchspec.spec.native.mounts import MountConfiguration as MountConfiguration
from batchspec.spec.shape import Duration, Flag, ListOf, Text
from batchspec.spec.table import Bound, Table, native


class CertificateReference(Bound):
    """A certificate of the Batch account on the nodes, which the service has retired."""

    sdk: ClassVar[str] = "CertificateReference"

    thumbprint: str = native(
        TEXT,
        "The certificate's thumbprint.",
        "0123456789abcdef0123456789abcdef01234567",
        required=True,
        api=API_2024,
    )
    thumbprint_algorithm: str = native(
        TEXT, "How the thumbprint was made; always sha1.", "sha1", required=True, api=API_2024
    )
    store_location: str | None = native(
        Text(choices=("currentuser", "localmachine")),
        "The store on Windows nodes; currentuser when not given.",
        "localmachine",
        api=API_2024,
    )
    store_name: str | None = native(TEXT, "The store's name on Windows nodes; My when not given.", "Root", api=API_2024)
    visibility: tuple[str, ...] | None = native(
        ListOf(Text(choices=("starttask", "task", "remoteuser"))),
        "Which accounts may read its private key; all when not given.",
        ["task"],
        api=API_2024,
    )


class TaskSchedulingPolicy(Bound):
    """Which node gets the next task."""

    sdk: ClassVar[str] = "TaskSchedulingPolicy"

    node_fill_type: str = native(
        Text(choices=("spread", "pack")),
        "Spread tasks evenly over the nodes, or pack each node full first.",
        "pack",
        required=True,
    )
    job_default_order: str | None = native(
        Text(choices=("none", "creationtime")),
        "Among jobs of one priority, all in turn (none) or the oldest first; none when not given.",
        "creationtime",
        api=API_2025,
    )


class LinuxUserConfiguration(Bound):
    """How a user account is made on Linux nodes."""

    sdk: ClassVar[str] = "LinuxUserConfiguration"
    secrets: ClassVar[tuple[str, ...]] = ("ssh_private_key",)

    uid: int | None = native(INT32, "The user id, together with gid; the system picks both when not given.", 1500)
    gid: int | None = native(INT32, "The group id, together with uid.", 1500)
    ssh_private_key: str | None = native(
        TEXT,
        "An SSH key without a passphrase, for logins between nodes; only where they may talk to each other.",
        "${{ env.SSH_PRIVATE_KEY }}",
    )


class WindowsUserConfiguration(Bound):
    """How a user account is made on Windows nodes."""

    sdk: ClassVar[str] = "WindowsUserConfiguration"

    login_mode: str | None = native(
        Text(choices=("batch", "interactive")),
        "How its processes log in: batch, the default, or interactive, for programs that want a desktop.",
        "interactive",
    )


class UserAccount(Bound):
    """A user account that each node has, for tasks to run as."""

    sdk: ClassVar[str] = "UserAccount"
    secrets: ClassVar[tuple[str, ...]] = ("password",)

    name: str = native(Text(shortest=1, longest=20), "Its name.", "solver", required=True)
    password: str = native(TEXT, "Its password.", "${{ env.SOLVER_PASSWORD }}", required=True)
    elevation_level: str | None = native(ELEVATION, "Whether it is an administrator; nonadmin when not given.", "admin")
    linux_user_configuration: LinuxUserConfiguration | None = native(
        Table(LinuxUserConfiguration),
        "How it is made on Linux nodes; of no effect on Windows nodes.",
        {"uid": 1500, "gid": 1500},
    )
    windows_user_configuration: WindowsUserConfiguration | None = native(
        Table(WindowsUserConfiguration),
        "How it is made on Windows nodes; not in a Linux pool.",
        {"login_mode": "interactive"},
    )


class AutomaticOSUpgradePolicy(Bound):
    """How nodes move to newer images by themselves."""

    sdk: ClassVar[str] = "AutomaticOSUpgradePolicy"

    disable_automatic_rollback: bool | None = native(
        Flag(), "Whether nodes stay on a new image that fails, instead of going back.", True
    )
    enable_automatic_os_upgrade: bool | None = native(
        Flag(), "Whether nodes move to each newer image; not together with Windows' own automatic updates.", True
    )
    use_rolling_upgrade_policy: bool | None = native(
        Flag(), "Whether rolling_upgrade_policy holds for it; else the platform's own does.", True
    )
    os_rolling_upgrade_deferral: bool | None = native(Flag(), "Whether a node that runs tasks waits for them.", True)


class RollingUpgradePolicy(Bound):
    """How nodes are upgraded, one batch after the other."""

    sdk: ClassVar[str] = "RollingUpgradePolicy"

    enable_cross_zone_upgrade: bool | None = native(
        Flag(), "Whether a batch may span availability zones; only with zonal placement.", True
    )
    max_batch_instance_percent: int | None = native(
        SOME_PERCENT,
        "The most nodes that are upgraded at once, in percent of all; no more than max_unhealthy_instance_percent.",
        20,
    )
    max_unhealthy_instance_percent: int | None = native(
        SOME_PERCENT, "It stops when more nodes than this are unhealthy, in percent of all.", 20
    )
    max_unhealthy_upgraded_instance_percent: int | None = native(
        PERCENT, "It stops when more of the upgraded nodes than this are unhealthy, in percent.", 10
    )
    pause_time_between_batches: timedelta | None = native(Duration(), "The wait between two batches.", "5m")
    prioritize_unhealthy_instances: bool | None = native(Flag(), "Whether unhealthy nodes go first.", True)
    rollback_failed_instances_on_policy_breach: bool | None = native(
        Flag(), "Whether nodes that failed go back to what they were when it stops.", True
    )


class UpgradePolicy(Bound):
    """How the pool's nodes are upgraded."""

    sdk: ClassVar[str] = "UpgradePolicy"

    mode: str = native(
        Text(choices=("automatic", "manual", "rolling")),
        "All nodes at once and in any order, when somebody asks for it, or one batch after the other.",
        "rolling",
        required=True,
    )
    automatic_os_upgrade_policy: AutomaticOSUpgradePolicy | None = native(
        Table(AutomaticOSUpgradePolicy),
        "How nodes move to newer images by themselves.",
        {"enable_automatic_os_upgrade": True, "os_rolling_upgrade_deferral": True},
    )
    rolling_upgrade_policy: RollingUpgradePolicy | None = native(
        Table(RollingUpgradePolicy),
        "How large the batches of an upgrade are, and when it stops.",
        {"max_batch_instance_percent": 20, "pause_time_between_batches": "5m"},
    )
