"""What happens in a run, as sentences for people: a line for each event that has words."""

from __future__ import annotations

import sys
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
    why = f"while pool {event.pool_id} is replaced"
    if event.to is not None:
        why = f"to move from pool {event.pool_id} to {f'pool {event.to}' if event.to else 'one of its own'}"
    tasks = f"; {event.running:,} task{'s' * (event.running != 1)} still running" if event.running else ""
    return f"job {event.job_id}: paused {why}{tasks}"


def _uploading(event: run.Uploading) -> str | None:
    if event.done != event.total:
        return None
    there = f", {event.skipped} there already" if event.skipped else ""
    return f"inputs: {event.total} uploaded ({tables.size(event.bytes_total)}){there}"


def _tasks_added(event: run.TasksAdded) -> str | None:
    return f"tasks: {event.total:,}" if event.done == event.total else None


def _unfollowed(event: run.Unfollowed) -> str:
    return f"what tasks print is not shown for more than {event.most} of them: --follow shows it, and batchspec logs"


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
    if event.kind == "tasks":
        return f"job {event.name}: {event.count:,} task{'s' * (event.count != 1)} removed"
    gone = {0: "was not there", 1: "removed"}.get(event.count, f"{event.count:,} removed")
    return f"{event.kind} {event.name}: {gone}"


def _cancelled(event: run.Cancelled) -> str:
    what = f"{tables.named(event.task_ids)} ended" if event.task_ids else "cancelled"
    text = f"{event.kind} {event.name}: {what}; {event.running:,} ran, {event.waiting:,} waited"
    return text + (f"; {tables.named(event.blocked)} waited for that, and can never run" if event.blocked else "")


def progress(event: run.Event, total: int) -> tuple[str, int, int, str] | None:
    """A stage that may take long, how much of it is done, and the same as a line; None for what is none.

    total: the tasks of the spec.
    """
    if isinstance(event, (run.Uploading, run.Downloading)):
        stage, gone = ("inputs", "uploaded") if isinstance(event, run.Uploading) else ("outputs", "downloaded")
        sizes = f"{tables.size(event.bytes_done)} of {tables.size(event.bytes_total)}"
        words = f"{stage}: {event.done:,} of {event.total:,} {gone}, {sizes}"
        return stage, event.bytes_done, event.bytes_total, words
    if isinstance(event, run.TasksAdded):
        return "adding", event.done, event.total, f"tasks: {event.done:,} of {event.total:,} added"
    if isinstance(event, run.CountsMoved):
        counts, total = event.counts, max(total, event.counts.total)
        words = f"tasks: {counts.completed:,} of {total:,} ended, {counts.running:,} running, {counts.active:,} waiting"
        return "tasks", counts.completed, total, words
    return None


def aside(event: run.Event) -> None:
    """Tell of it on stderr."""
    words = of(event)
    if words is not None:
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()


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
        run.TasksAdded: _tasks_added,
        run.TaskMoved: _task_moved,
        run.TaskRetried: _task_retried,
        run.Unfollowed: _unfollowed,
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
