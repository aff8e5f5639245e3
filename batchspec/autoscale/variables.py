"""The names that the service defines: variables, time intervals, members of a time stamp, deallocation options."""

from __future__ import annotations

from dataclasses import dataclass

from batchspec.autoscale.types import Type

SOURCE = "https://learn.microsoft.com/azure/batch/batch-automatic-scaling#variables"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the service. `alias_of` names the variable that it is another name for."""

    name: str
    type: Type
    meaning: str
    writable: bool = False
    alias_of: str | None = None
    retired: str | None = None
    source: str = SOURCE


DEDICATED = "$TargetDedicatedNodes"
LOW_PRIORITY = "$TargetLowPriorityNodes"
DEALLOCATION = "$NodeDeallocationOption"

_WRITABLE = (
    Variable(DEDICATED, Type.DOUBLE, "how many dedicated nodes the pool should have", writable=True),
    Variable(LOW_PRIORITY, Type.DOUBLE, "how many low-priority (spot) nodes the pool should have", writable=True),
    Variable(DEALLOCATION, Type.STRING, "what becomes of running tasks when a node is removed", writable=True),
    Variable("$TargetDedicated", Type.DOUBLE, "older name", writable=True, alias_of=DEDICATED),
    Variable("$TargetLowPriority", Type.DOUBLE, "older name", writable=True, alias_of=LOW_PRIORITY),
)
_METRICS = (
    Variable("$CPUPercent", Type.SAMPLES, "mean processor use of the nodes, in percent"),
    Variable("$ActiveTasks", Type.SAMPLES, "tasks that could start now and wait for a node"),
    Variable("$RunningTasks", Type.SAMPLES, "tasks that run"),
    Variable("$PendingTasks", Type.SAMPLES, "active and running tasks together"),
    Variable("$SucceededTasks", Type.SAMPLES, "tasks that have ended well"),
    Variable("$FailedTasks", Type.SAMPLES, "tasks that have failed"),
    Variable("$PreemptedNodeCount", Type.COUNT, "nodes that Azure has taken back"),
    Variable("$UsableNodeCount", Type.COUNT, "nodes that can be used"),
    Variable("$CurrentDedicatedNodes", Type.COUNT, "dedicated nodes that the pool has"),
    Variable("$CurrentLowPriorityNodes", Type.COUNT, "low-priority nodes that the pool has, preempted ones, too"),
    Variable("$TaskSlotsPerNode", Type.COUNT, "task slots of one node"),
    # Names of the first API versions, still in the examples of the PowerShell cmdlet Test-AzBatchAutoScale.
    Variable("$CurrentDedicated", Type.COUNT, "older name", alias_of="$CurrentDedicatedNodes"),
    Variable("$CurrentLowPriority", Type.COUNT, "older name", alias_of="$CurrentLowPriorityNodes"),
)

# Retired after 2024-03-31, as far as we know: the formula is still taken, but no samples come any more.
_ENDED = "the service no longer collects it since 2024-03-31"
_RETIRED = tuple(
    Variable(name, Type.SAMPLES, meaning, retired=_ENDED)
    for name, meaning in (
        ("$WallClockSeconds", "seconds consumed"),
        ("$MemoryBytes", "mean megabytes in use"),
        ("$DiskBytes", "mean gigabytes in use on local disks"),
        ("$DiskReadBytes", "bytes read from disk"),
        ("$DiskWriteBytes", "bytes written to disk"),
        ("$DiskReadOps", "read operations"),
        ("$DiskWriteOps", "write operations"),
        ("$NetworkInBytes", "bytes received"),
        ("$NetworkOutBytes", "bytes sent"),
        ("$SampleNodeCount", "nodes that gave samples"),
    )
)

VARIABLES = {variable.name: variable for variable in _WRITABLE + _METRICS + _RETIRED}

# In units of 100 ns. How long a "year" is the documentation does not say.
_SECOND = 10_000_000
_DAY = 86_400 * _SECOND
INTERVALS = {
    "TimeInterval_Zero": 0,
    "TimeInterval_100ns": 1,
    "TimeInterval_Microsecond": 10,
    "TimeInterval_Millisecond": 10_000,
    "TimeInterval_Second": _SECOND,
    "TimeInterval_Minute": 60 * _SECOND,
    "TimeInterval_Hour": 3600 * _SECOND,
    "TimeInterval_Day": _DAY,
    "TimeInterval_Week": 7 * _DAY,
    "TimeInterval_Year": 365 * _DAY,
}

# 1 is Monday; that Sunday is 7 is what batch-shipyard's weekend formula takes (convoy/autoscale.py).
MEMBERS = ("year", "month", "day", "weekday", "hour", "minute", "second")

OPTIONS = {
    "requeue": "stops running tasks and puts them back into the queue; what holds when nothing is said",
    "terminate": "stops running tasks for good",
    "taskcompletion": "waits until running tasks have ended",
    "retaineddata": "waits until the retained data of tasks on the node has been cleaned up",
}


def canonical(name: str) -> str:
    """The full name of a variable that has an alias."""
    variable = VARIABLES.get(name)
    return variable.alias_of or name if variable else name
