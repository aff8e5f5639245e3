"""Every move that a task, a job, a node or a pool's size can make: (state, event) -> state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchspec.emulator.engine.records import AllocationState, JobState, NodeState, TaskState

TASK: Final[Mapping[tuple[TaskState, str], TaskState]] = {
    ("active", "prepare"): "preparing",  # its node runs the job preparation task first
    ("active", "start"): "running",
    ("active", "end"): "completed",
    ("preparing", "start"): "running",
    ("preparing", "withdraw"): "active",  # preparation failed, or the node or the job went away
    ("preparing", "end"): "completed",
    ("running", "retry"): "active",
    ("running", "requeue"): "active",
    ("running", "end"): "completed",
    ("completed", "reactivate"): "active",
}

JOB: Final[Mapping[tuple[JobState, str], JobState]] = {
    ("active", "disable"): "disabling",
    ("active", "terminate"): "terminating",
    ("active", "delete"): "deleting",
    ("disabling", "disable"): "disabling",  # with another idea of what to do with running tasks
    ("disabling", "settle"): "disabled",
    ("disabling", "terminate"): "terminating",
    ("disabling", "delete"): "deleting",
    ("disabled", "disable"): "disabled",
    ("disabled", "enable"): "enabling",
    ("disabled", "terminate"): "terminating",
    ("disabled", "delete"): "deleting",
    ("enabling", "settle"): "active",
    ("terminating", "settle"): "completed",
    ("terminating", "delete"): "deleting",
    ("completed", "delete"): "deleting",
}

_THERE: Final[tuple[NodeState, ...]] = (
    "creating", "starting", "waitingforstarttask", "starttaskfailed", "idle", "running", "rebooting", "reimaging",
    "unusable",
)  # fmt: skip
_BOOTING: Final[tuple[NodeState, ...]] = ("creating", "rebooting", "reimaging")

NODE: Final[Mapping[tuple[NodeState, str], NodeState]] = {
    **dict.fromkeys(((state, "boot") for state in _BOOTING), "starting"),
    **dict.fromkeys(((state, "break") for state in _BOOTING), "unusable"),
    ("starting", "wait"): "waitingforstarttask",
    ("starting", "ready"): "idle",
    ("waitingforstarttask", "ready"): "idle",
    ("waitingforstarttask", "fail"): "starttaskfailed",
    ("idle", "work"): "running",
    ("running", "rest"): "idle",
    **dict.fromkeys(((state, "reboot") for state in _THERE), "rebooting"),
    **dict.fromkeys(((state, "reimage") for state in _THERE), "reimaging"),
    **dict.fromkeys(((state, "leave") for state in _THERE), "leavingpool"),
}

ALLOCATION: Final[Mapping[tuple[AllocationState, str], AllocationState]] = {
    ("steady", "resize"): "resizing",
    ("resizing", "resize"): "resizing",  # a pool that is deleted while it grows
    ("stopping", "resize"): "resizing",
    ("resizing", "stop"): "stopping",
    ("resizing", "settle"): "steady",
    ("stopping", "settle"): "steady",
}
