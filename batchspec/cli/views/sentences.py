"""What happens in a run, as sentences for people: a line for each event that has words."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from batchspec.cli.views import safe, tables
from batchspec.run import events as run


def of(event: run.Event) -> str | None:
    """The sentence; None for what is not worth one, or is shown in another way."""
    tell = _TELL.get(type(event))
    words = tell(event) if tell is not None else None
    return None if words is None else safe.line(words)


def _draining(event: run.Draining) -> str:
    tasks = f"{event.running} task{'s' * (event.running != 1)}"
    return f"job {event.job_id}: paused while its pool is replaced; {tasks} still running"


def _uploading(event: run.Uploading) -> str | None:
    if event.done != event.total:
        return None
    there = f", {event.skipped} there already" if event.skipped else ""
    return f"inputs: {event.total} uploaded ({tables.size(event.bytes_total)}){there}"


def _pool_resizing(event: run.PoolResizing) -> str:
    return f"pool {event.pool_id}: resized to {event.target_nodes} node{'s' * (event.target_nodes != 1)}"


def _pool_moved(event: run.PoolMoved) -> str:
    nodes = tables.listed(event.nodes.items())
    return f"pool {event.pool_id}: {event.allocation}, {nodes or 'no nodes yet'} of {event.target_nodes}"


_JOB_READY = {
    "created": "created",
    "resumed": "taken up where it was left",
    "completed": 'has run before; this is what it came to ("batchspec apply --rerun" makes the next run)',
}


def _task_moved(event: run.TaskMoved) -> str:
    view = event.task
    if view.state != "completed":
        return f"task {view.id}: {view.state}" + (f" on {view.node_id}" if view.node_id else "")
    took = ""
    if view.started and view.ended:
        took = f" after {tables.duration((view.ended - view.started).total_seconds())}"
    return f"task {view.id}: {'succeeded' if view.succeeded else 'failed'}{took}"


def _task_retried(event: run.TaskRetried) -> str:
    view = event.task
    known = view.state != "completed" and view.exit_code is not None
    after = f" after exit code {view.exit_code}" if known else ""
    return f"task {view.id}: try {view.retries + 1}{after}"


def _nothing_printed(event: run.NothingPrinted) -> str:
    if not event.count:
        return event.reason
    if event.count == 1:
        reason = event.reason.replace("have ", "has ", 1).replace("they wait", "it waits")
        return f"task {event.task_ids[0]}: {reason}"
    more = ", ..." if event.count > len(event.task_ids) else ""
    return f"{event.count:,} tasks ({', '.join(event.task_ids)}{more}): {event.reason}"


def _waiting(event: run.Waiting) -> str | None:
    return f"waiting {event.seconds:.0f} s: {event.what}: {event.reason}" if event.seconds >= 1 else None


def _removed(event: run.Removed) -> str:
    gone = {0: "was not there", 1: "removed"}.get(event.count, f"{event.count:,} removed")
    return f"{event.kind} {event.name}: {gone}"


def _cancelled(event: run.Cancelled) -> str:
    what = f"{tables.named(event.task_ids)} ended" if event.task_ids else "cancelled"
    text = f"{event.kind} {event.name}: {what}; {event.running:,} ran, {event.waiting:,} waited"
    return text + (f"; {tables.named(event.blocked)} waited for that, and can never run" if event.blocked else "")


_TELL: MappingProxyType[type, Callable[[Any], str | None]] = MappingProxyType(
    {
        run.Updated: lambda e: f"{e.kind} {e.name}: changed in place: {e.what}",
        run.Draining: _draining,
        run.Uploading: _uploading,
        run.PoolReady: lambda e: f"pool {e.pool_id}: {'created' if e.created else 'there already'}",
        run.PoolResizing: _pool_resizing,
        run.PoolMoved: _pool_moved,
        run.JobReady: lambda e: f"job {e.job_id}: {_JOB_READY[e.how]}",
        run.ScheduleReady: tables.schedule,
        run.TasksAdded: lambda e: f"tasks: {e.total:,}" if e.done == e.total else None,
        run.TaskMoved: _task_moved,
        run.TaskRetried: _task_retried,
        run.NothingPrinted: _nothing_printed,
        run.FromStorage: lambda e: f"job {e.job_id} is gone; this is what storage has kept of it",
        run.JobTerminated: lambda e: f"job {e.job_id}: ended by us, because {e.reason}",
        run.Downloaded: lambda e: f"{e.path} ({tables.size(e.size)})",
        run.Waiting: _waiting,
        run.Removing: lambda e: f"{e.kind} {e.name}: being deleted",
        run.Removed: _removed,
        run.Kept: lambda e: f"{e.kind} {e.name}: kept, {e.reason}",
        run.Cancelled: _cancelled,
        run.Reactivated: lambda e: f"job {e.job_id}: {tables.named(e.task_ids)} will run again",
    }
)
