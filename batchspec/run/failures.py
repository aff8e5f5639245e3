"""Telling which tasks failed and which can never run, each at its place in the spec."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from batchspec.compiler.members import is_open, manager
from batchspec.ports import TaskView
from batchspec.run.context import Run, explained, finding
from batchspec.run.events import Event, Found
from batchspec.run.tails import task_tail
from batchspec.spec import durations

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

_EXCERPTS = 5  # failed tasks whose last lines are shown
_TOLD = 50  # tasks that are named one by one
_LINKS = (
    "signed links are good for storage.sas_lifetime from when the task was added; if they have ended, apply --rerun"
    " makes new ones"
)
_HINTS = {"BlobAccessDenied": _LINKS, "FileUploadAccessDenied": _LINKS}


def tell_failed(run: Run, failed: Mapping[str, TaskView], *, with_job: bool) -> Generator[Event, None, None]:
    """A finding for each task that failed. with_job: the end of the job was that of tasks, too."""
    for shown, (made, view) in enumerate(_placed(run, failed)):
        if shown == _TOLD:
            yield Found(finding("BS801", run.job, f"{len(failed) - shown} more tasks failed"))
            return
        excerpt = (yield from task_tail(run, view.id)) if shown < _EXCERPTS else ""
        how = _failure(view, made.body, with_job=with_job)
        hint = _HINTS.get(view.fault.code) if view.fault else None
        yield Found(finding("BS801", made, f'task "{view.id}" {how}', hint, excerpt))


def tell_blocked(run: Run, blocked: Collection[str]) -> Generator[Event, None, None]:
    """A finding for each task that can never run."""
    shown = 0
    for at, task_id in enumerate(run.program.task_ids if blocked else ()):
        if task_id not in blocked:
            continue
        if shown == _TOLD:
            yield Found(finding("BS802", run.job, f"{len(blocked) - shown} more tasks can never run"))
            return
        shown += 1
        text = f'task "{task_id}" can never run, because a task that it waits for failed'
        yield Found(finding("BS802", run.program.tasks[at], text))


def was_ended(view: TaskView) -> bool:
    """Whether somebody's request ended it, or its job's end."""
    return view.fault is not None and view.fault.code == "TaskEnded"


def _placed(run: Run, failed: Mapping[str, TaskView]) -> Iterator[tuple[Made[Any], TaskView]]:
    """Failed tasks in the order of the spec; those that others added stand where the job does."""
    if not failed:
        return
    first = manager(run.program)
    left = set(failed) if is_open(run.program) else set()
    if first is not None and first.body.id in failed:
        left.discard(first.body.id)
        yield first, failed[first.body.id]
    for at, task_id in enumerate(run.program.task_ids):
        if task_id in failed:
            left.discard(task_id)
            yield run.program.tasks[at], failed[task_id]
    for task_id in sorted(left):
        yield run.job, failed[task_id]


def _failure(view: TaskView, body: Any, *, with_job: bool) -> str:
    limit = body.constraints.max_wall_clock_time if body.constraints else None
    if limit and view.started and view.ended and view.ended - view.started >= limit:
        return f"was ended at its limit of {durations.show(limit)}"
    if with_job and was_ended(view):
        return "was ended with the job"
    # A nonzero exit code is itself a fault to the service; every other fault says more than the code would.
    if view.fault is None or view.fault.code == "FailureExitCode":
        return f"failed with exit code {view.exit_code}" if view.exit_code else "failed"
    return f"failed: {explained(view.fault.message or view.fault.code, view.fault.details)}"
