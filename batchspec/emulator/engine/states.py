"""Every move that a task, a job, a node or a pool's size can make: (state, event) -> state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchspec.emulator.engine.records import AllocationState, JobState, NodeState, ScheduleState, TaskState

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

SCHEDULE: Final[Mapping[tuple[ScheduleState, str], ScheduleState]] = {
    ("active", "disable"): "disabled",
    ("active", "end"): "completed",  # it will make no more jobs, and the last one has ended
    ("active", "terminate"): "terminating",
    ("active", "delete"): "deleting",
    ("disabled", "enable"): "active",
    ("disabled", "terminate"): "terminating",
    ("disabled", "delete"): "deleting",
    ("terminating", "settle"): "completed",
    ("terminating", "delete"): "deleting",
    ("completed", "delete"): "deleting",
}

_THERE: Final[tuple[NodeState, ...]] = (
    "creating", "starting", "waitingforstarttask", "starttaskfailed", "idle", "running", "rebooting", "reimaging",
    "unusable", "unknown", "preempted",
)  # fmt: skip
_AT_WORK: Final[tuple[NodeState, ...]] = ("idle", "running", "starttaskfailed", "unusable", "unknown")
_BOOTING: Final[tuple[NodeState, ...]] = ("creating", "rebooting", "reimaging")

NODE: Final[Mapping[tuple[NodeState, str], NodeState]] = {
    **dict.fromkeys(((state, "boot") for state in _BOOTING), "starting"),
    **dict.fromkeys(((state, "break") for state in _BOOTING), "unusable"),
    ("starting", "wait"): "waitingforstarttask",
    ("starting", "ready"): "idle",
    ("waitingforstarttask", "ready"): "idle",
    ("waitingforstarttask", "fail"): "starttaskfailed",
    **dict.fromkeys(((state, "break") for state in _AT_WORK), "unusable"),
    **dict.fromkeys(((state, "lose") for state in _AT_WORK), "unknown"),
    **dict.fromkeys(((state, "fail") for state in _AT_WORK), "starttaskfailed"),
    **dict.fromkeys(((state, "preempt") for state in _AT_WORK), "preempted"),
    ("preempted", "replace"): "creating",  # under its old id, with nothing on it
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
