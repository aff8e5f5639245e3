"""Run failed tasks once more, in the job that they are in.

The service takes a failed task back only while its job is active: one that is armed completes with its last task, and
what has completed stays so. Then only another run helps (`apply --rerun`).
https://learn.microsoft.com/rest/api/batchservice/tasks/reactivate-task
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from batchspec.errors import Conflict, NotFound, UsageError
from batchspec.ports import JobView, TaskView
from batchspec.run.cancel import OVER, WORKERS, not_ours
from batchspec.run.chosen import chosen
from batchspec.run.context import Run, need_job
from batchspec.run.crew import Done, crew
from batchspec.run.events import Event, Kept, Reactivated
from batchspec.run.reruns import runs_of
from batchspec.run.retry import retrying

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

NEXT = 'run it all once more under the next id with "batchspec apply --rerun"'
_BLOCKED = "BlockedByFailedTasks"  # why our own watch ended it


def again(
    program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock, names: Sequence[str] = ()
) -> Generator[Event, None, None]:
    """Let tasks run again that failed: those named, by id or group, or all. What waits for them goes on by itself.

    Raises UsageError for a name that is no task's or a job that is not there, Conflict for a job that has completed,
    ServiceError.
    """
    need_job(program)
    run = Run(program, batch, blobs, clock, retrying(clock))
    job = yield from _job(run)
    if job.state in OVER:
        chosen(program, names)
        raise _too_late(job)
    views = yield from run.retry.ask("list tasks", lambda: list(batch.list_tasks(job.id, started=not names)))
    live = {view.id: view for view in views}
    wanted = chosen(program, names, live) if names else [view.id for view in views if _failed(view)]
    for task_id in wanted:
        if task_id not in live or not _failed(live[task_id]):
            yield Kept("task", task_id, _why_not(live.get(task_id)))
    failed = [task_id for task_id in wanted if task_id in live and _failed(live[task_id])]
    if failed:
        yield from _reactivate(run, job, failed)
    elif not names:
        yield Kept("job", job.id, "no task of it has failed")


def _job(run: Run) -> Generator[Event, None, JobView]:
    runs = yield from runs_of(run)
    if runs:
        return runs[-1]
    try:
        yield from run.retry.ask(f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))
    except NotFound:
        raise UsageError(f'there is no job "{run.job_id}"', 'run it first with "batchspec apply"') from None
    raise not_ours("job", run.job_id)


def _too_late(job: JobView) -> Conflict:
    how = "is being deleted" if job.state == "deleting" else "has completed"
    why = ": batchspec ended it when all that was left waited for tasks that had failed"
    note = why if job.terminate_reason == _BLOCKED else ""
    return Conflict(f'job "{job.id}" {how}, and no task can run again in it{note}', NEXT)


def _failed(view: TaskView) -> bool:
    return view.state == "completed" and not view.succeeded


def _why_not(view: TaskView | None) -> str:
    if view is None:
        return "it is not in the job"
    return "it succeeded" if view.succeeded else "it waits to run" if view.state == "active" else "it runs"


def _reactivate(run: Run, job: JobView, failed: Sequence[str]) -> Generator[Event, None, None]:
    begun: list[str] = []
    request = partial(_one, run, job.id)
    for step in crew(deque(failed), request, lambda task_id: f"retry task {task_id}", run.retry, WORKERS):
        if not isinstance(step, Done):
            yield step
        elif step.answer:
            begun.append(step.item)
        else:
            yield Kept("task", step.item, "it runs again already")
    if begun:
        yield Reactivated(job.id, tuple(begun))


def _one(run: Run, job_id: str, task_id: str, _check: Callable[[], None]) -> bool:
    """Whether it waits to run again; False when it does not look failed any more."""
    try:
        run.batch.reactivate_task(job_id, task_id)
    except NotFound:
        return False
    except Conflict as error:
        view = run.batch.get_job(job_id)
        if view.state in OVER:
            raise _too_late(view) from error
        # Ours, whose answer was lost, or another's.
        if not _failed(run.batch.get_task(job_id, task_id)):
            return True
        raise
    return True
