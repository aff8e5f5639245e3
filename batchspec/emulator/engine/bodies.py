"""What the scheduler needs from wire JSON: durations, limits, exit conditions, dependencies."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from batchspec.emulator.engine.records import DAY, ExitConditions, ExitOptions

if TYPE_CHECKING:
    from batchspec.emulator.engine.records import Body, Job, Pool, Schedule, Task

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?"
    r"(?:T(?:(?P<H>\d+)H)?(?:(?P<M>\d+)M)?(?:(?P<S>\d+(?:\.\d*)?)S)?)?"
)
_SECONDS = {"W": 7 * DAY, "D": DAY, "H": 3600.0, "M": 60.0, "S": 1.0}
_OF_MANAGERS = ("killJobOnCompletion", "runExclusive", "allowLowPriorityNode")
# The service writes TimeSpan.MaxValue (some 29,000 years) where it means no limit.
_UNLIMITED = 10_000 * 365 * DAY


def seconds(duration: str) -> float:
    """An ISO-8601 duration without years and months, in seconds; ValueError for anything else."""
    if duration in ("", "P", "PT") or not (match := _DURATION.fullmatch(duration)):
        raise ValueError(f"not a duration: {duration!r}")
    total = sum(float(match[unit] or 0) * size for unit, size in _SECONDS.items())
    return -total if match["sign"] else total


def moment(canonical: str) -> float:
    """A time as bodies carry it, `2026-01-31T12:00:00.0000000Z`, in UNIX seconds."""
    whole = datetime.fromisoformat(canonical[:19]).replace(tzinfo=timezone.utc)
    return whole.timestamp() + float(canonical[19:-1] or 0)


def limit(constraints: Body | None, name: str = "maxWallClockTime") -> float | None:
    """A duration among the constraints, in seconds; None without one or when it means "no limit"."""
    text = (constraints or {}).get(name)
    if text is None:
        return None
    value = seconds(text)
    return value if value < _UNLIMITED else None


def retries(constraints: Body | None, default: int = 0) -> int:
    value = (constraints or {}).get("maxTaskRetryCount")
    return default if value is None else int(value)


def read_pool(pool: Pool) -> None:
    """Take what the scheduler needs from `pool.body`."""
    pool.slots = int(pool.body.get("taskSlotsPerNode") or 1)
    policy = pool.body.get("taskSchedulingPolicy") or {}
    pool.pack = str(policy.get("nodeFillType", "spread")).lower() == "pack"


def read_job(job: Job) -> None:
    """Take what the scheduler needs from `job.body`."""
    body = job.body
    job.pool_id = (body.get("poolInfo") or {}).get("poolId") or ""
    job.priority = int(body.get("priority") or 0)
    job.max_parallel = int(body.get("maxParallelTasks") or -1)
    job.max_retries = retries(body.get("constraints"))
    job.wall_clock = limit(body.get("constraints"))
    job.ends_when_complete = _word(body, "onAllTasksComplete") == "terminatejob"
    job.acts_on_failure = _word(body, "onTaskFailure") == "performexitoptionsjobaction"


def read_schedule(schedule: Schedule) -> None:
    """Take what the scheduler needs from `schedule.body`; without a start it starts when it is added."""
    times = schedule.body.get("schedule") or {}
    start, until = times.get("doNotRunUntil"), times.get("doNotRunAfter")
    schedule.start = schedule.created if start is None else moment(start)
    schedule.until = None if until is None else moment(until)
    schedule.interval = limit(times, "recurrenceInterval")
    schedule.window = limit(times, "startWindow")


def manager_task(job: Body) -> Body | None:
    """The job manager task of a job's body as the body of a task."""
    manager = job.get("jobManagerTask")
    if manager is None:
        return None
    return {name: value for name, value in manager.items() if name not in _OF_MANAGERS}


def read_constraints(task: Task, constraints: Body | None) -> None:
    task.max_retries = retries(constraints, task.job.max_retries)
    task.wall_clock = limit(constraints)
    kept = limit(constraints, "retentionTime")
    task.retention = 7 * DAY if kept is None else kept


def read_task(task: Task, body: Body) -> None:
    """Take what the scheduler needs from the task's body."""
    read_constraints(task, body.get("constraints"))
    task.slots = int(body.get("requiredSlots") or 1)
    if conditions := body.get("exitConditions"):
        task.exit_conditions = _exit_conditions(conditions)


def dependencies(body: Body) -> tuple[list[str], list[tuple[int, int]]]:
    """The ids and the inclusive id ranges that a task depends on."""
    depends = body.get("dependsOn") or {}
    ranges = [(int(entry["start"]), int(entry["end"])) for entry in depends.get("taskIdRanges") or ()]
    return list(depends.get("taskIds") or ()), ranges


def waits_for_start_task(pool: Pool) -> bool:
    """Whether nodes must wait for their start task to succeed."""
    return _waits(pool.body.get("startTask"))


def waits_for_preparation(job: Job) -> bool:
    return _waits(job.body.get("jobPreparationTask"))


def _waits(task: Body | None) -> bool:
    return task is not None and task.get("waitForSuccess") is not False


def _word(body: Body, name: str) -> str:
    return str(body.get(name) or "").lower()


def _exit_conditions(body: Body) -> ExitConditions:
    codes = [(entry["code"], entry["code"], entry["exitOptions"]) for entry in body.get("exitCodes") or ()]
    ranges = [(entry["start"], entry["end"], entry["exitOptions"]) for entry in body.get("exitCodeRanges") or ()]
    return ExitConditions(
        tuple((int(start), int(end), _known(options)) for start, end, options in codes + ranges),
        _exit_options(body.get("preProcessingError")),
        _exit_options(body.get("fileUploadError")),
        _exit_options(body.get("default")),
    )


def _exit_options(body: Body | None) -> ExitOptions | None:
    return None if body is None else _known(body)


def _known(body: Body) -> ExitOptions:
    action: Any = _word(body, "jobAction") or None
    dependents = _word(body, "dependencyAction")
    return ExitOptions(action, {"satisfy": True, "block": False}.get(dependents))
