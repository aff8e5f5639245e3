"""Reports and statuses as aligned columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from batchspec.diag.nearest import listing
from batchspec.planning.jobs import HALTED
from batchspec.ports import DRAINED_KEY
from batchspec.run.report import Report, TaskRow, Verdict
from batchspec.run.reruns import number

if TYPE_CHECKING:
    from datetime import datetime

    from batchspec.ports import JobView
    from batchspec.run.events import ScheduleReady
    from batchspec.run.gc import Leftover
    from batchspec.run.occasions import Occasions
    from batchspec.run.reruns import Reruns
    from batchspec.run.status import Status

SHOWN = 30  # rows of tasks

_VERDICTS = {
    Verdict.SUCCEEDED: "succeeded",
    Verdict.FAILED: "failed",
    Verdict.BLOCKED: "failed: nothing runs any more",
    Verdict.TIMED_OUT: "timed out",
    Verdict.REFUSED: "not applied",
    Verdict.UNCOLLECTED: "succeeded, but its results are not here",
    Verdict.SUBMITTED: "submitted; nobody waits for it",
    Verdict.READY: "is there, without tasks",
}


def schedule(event: ScheduleReady) -> str:
    """What became of the job schedule."""
    how = {
        "created": "created",
        "updated": "changed in place",
        "renewed": "its links are signed anew",
        "unchanged": "there already",
    }
    state = "" if event.state == "active" else f", {event.state}"
    return f"job schedule {event.schedule_id}: {how[event.how]}{state}"


def occasions(found: Occasions) -> Iterator[str]:
    """A job schedule and its runs, the newest first."""
    view, count = found.schedule, len(found.runs)
    if view is None:
        yield f"job schedule {found.schedule_id}: is not there"
        return
    note = "; this spec did not make it" if found.foreign else ""
    yield f"job schedule {view.id}: {view.state}; {next_run(view.next_run)}{note}"
    if found.runs:
        rows = [(view.id.rpartition(":job-")[2], *_run(view)) for view in found.runs[:SHOWN]]
        yield from columns([("run", "state", "begun", "ended because"), *rows])
    if count > SHOWN:
        yield f"... and {count - SHOWN:,} more runs"


def reruns(found: Reruns) -> Iterator[str]:
    """The runs of a job, the newest first; nothing of a job that has one."""
    count = len(found.runs)
    if count < 2:
        return
    yield f"job {found.job_id}: {count:,} runs; --run says which to look at, and the newest is below"
    rows = [(str(number(view.id, found.job_id)), view.id, *_run(view)) for view in found.runs[:SHOWN]]
    yield from columns([("run", "job", "state", "begun", "ended because"), *rows])
    if count > SHOWN:
        yield f"... and {count - SHOWN:,} more runs"


def _run(view: JobView) -> tuple[str, ...]:
    begun = str(view.body.get("creationTime", ""))[:19].replace("T", " ")
    return (view.state, begun, view.terminate_reason or "")


def next_run(when: datetime | None) -> str:
    """When a schedule makes a job again."""
    return "it makes no more jobs" if when is None else f"its next run is at {when:%Y-%m-%d %H:%M:%S} UTC"


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of texts, aligned."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def tasks(rows: Sequence[TaskRow], omitted: int, now: datetime | None = None) -> Iterator[str]:
    """A row a task: state, exit code, duration, node. Of many, those that did not succeed.

    now: when the service was asked, to tell how long tasks have run until then.
    """
    bad = rows if len(rows) + omitted <= SHOWN else [row for row in rows if not row.succeeded]
    shown = bad[:SHOWN]
    if shown:
        head = ("task", "state", "exit", "duration", "node")
        yield from columns([head, *(_row(row, now) for row in shown)])
        left, worse = len(rows) + omitted - len(shown), len(bad) - len(shown)
        if left:
            of_them = f", {worse:,} of which have not succeeded either" if worse and not omitted else ""
            yield f"... and {left:,} more tasks{of_them}"


def _row(row: TaskRow, now: datetime | None) -> tuple[str, ...]:
    state = row.state.replace("_", " ")
    if row.succeeded is not None:
        state = "succeeded" if row.succeeded else "failed"
    retries = f" (try {row.retries + 1})" if row.retries else ""
    code = "" if row.exit_code is None else str(row.exit_code)
    took = row.duration
    if now is not None and row.started is not None and row.state == "running":
        took = max(0.0, (now - row.started).total_seconds())  # the service's clock may be ahead of ours
    return (row.id, state + retries, code, duration(took), row.node_id or "")


def verdict(report: Report, seconds: float) -> str:
    """The last line."""
    if report.schedule_id is not None:
        return f"job schedule {report.schedule_id} is there; {next_run(report.next_run)} ({duration(seconds)})"
    if report.job_id is None:
        what = "is there; the spec has no job" if report.verdict is Verdict.READY else _VERDICTS[report.verdict]
        return f"pool {report.pool_id} {what} ({duration(seconds)})"
    counts = report.counts
    parts = [
        f"{count:,} {word}"
        for count, word in (
            (counts.succeeded, "succeeded"),
            (counts.failed, "failed"),
            (report.blocked, "blocked"),
            (counts.total - counts.completed - report.blocked, "left"),
        )
        if count > 0
    ]
    numbers = f": {', '.join(parts)}" if parts else ""
    what = _VERDICTS[report.verdict] + "; the job goes on" * (report.verdict is Verdict.TIMED_OUT and bool(parts))
    seconds = seconds if report.took is None else report.took
    return f"{report.job_id} {what}{numbers} ({duration(seconds)})"


def status(found: Status, now: datetime | None = None) -> Iterator[str]:
    """Pool, job and tasks. now: as for tasks."""
    yield f"pool {found.pool_id}: {_pool(found)}" if found.pool_id else "pool: the service makes one for the job"
    yield f"job {found.job_id}: {_job(found)}" if found.job_id else "job: the spec has none"
    if found.job is not None:
        counts = found.counts
        blocked = f", {found.blocked:,} blocked" if found.blocked else ""
        absent = f", {found.absent:,} not added" if found.absent else ""
        waiting = max(0, counts.active - found.blocked)
        yield (
            f"tasks: {counts.total:,}: {waiting:,} waiting, {counts.running:,} running, "
            f"{counts.succeeded:,} succeeded, {counts.failed:,} failed{blocked}{absent}"
        )
        yield from tasks(found.tasks, found.omitted, now)


def _pool(found: Status) -> str:
    if found.pool is None:
        return "is not there"
    pool = found.pool
    nodes = f" ({listed(found.nodes.items())})" if found.nodes else ""
    note = "; this spec did not make it" if "pool" in found.foreign else ""
    return f"{pool.state}, {pool.allocation}, {pool.current_nodes} of {pool.target_nodes} nodes{nodes}{note}"


def _job(found: Status) -> str:
    if found.job is None:
        return "is not there" + ("; on_finish deletes it when it has ended" if found.deletes else "")
    drained = found.job.state in HALTED and DRAINED_KEY in found.job.metadata
    paused = ", paused while its pool is replaced" if drained else ""
    reason = f" ({found.job.terminate_reason})" if found.job.terminate_reason else ""
    note = "; this spec did not make it" if "job" in found.foreign else ""
    return f"{found.job.state}{paused}{reason}{note}"


def listed(counts: Iterable[tuple[str, int]]) -> str:
    """Counts by name: "3 idle, 1 running"."""
    return ", ".join(f"{count} {name}" for name, count in counts)


def leftovers(found: Sequence[Leftover]) -> Iterator[str]:
    """A row for each thing past its lifetime, and what it costs while it is there."""
    if not found:
        yield "nothing is left over"
        return
    head = ("kind", "id", "spec", "unused for", "holds", "why")
    yield from columns([head, *((one.kind, one.name, one.spec, _age(one.age), _holds(one), one.why) for one in found)])


def _age(seconds: float) -> str:
    days, hours = int(seconds // 86400), int(seconds % 86400 // 3600)
    return f"{days:,} d {hours} h" if days else duration(seconds)


def _holds(one: Leftover) -> str:
    return f"{one.nodes} node{'s' * (one.nodes != 1)} of {one.vm_size}" if one.nodes else ""


def named(task_ids: Sequence[str]) -> str:
    """Tasks for a sentence: "task a", "3 tasks (a, b, c)"."""
    if len(task_ids) == 1:
        return f"task {task_ids[0]}"
    return f"{len(task_ids):,} tasks ({listing(task_ids)})"


def duration(seconds: float | None) -> str:
    """Seconds for people."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def size(count: int) -> str:
    """Bytes for people."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} bytes"
