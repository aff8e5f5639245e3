"""Run failed tasks once more, in the job that they are in.

The service takes a failed task back only while its job is active: one that is armed completes with its last task, and
what has completed stays so. Then only another run helps, of the whole job.
https://learn.microsoft.com/rest/api/batchservice/tasks/reactivate-task
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from batchspec.errors import Conflict, NotFound, UsageError
from batchspec.planning.jobs import OVER
from batchspec.ports import JobView, TaskView
from batchspec.run.absent import or_none
from batchspec.run.blocked import Dependents
from batchspec.run.cancel import not_ours
from batchspec.run.chosen import chosen
from batchspec.run.context import Run, need_job
from batchspec.run.each import each
from batchspec.run.events import Event, Kept, Reactivated
from batchspec.run.reruns import following, runs_of
from batchspec.run.retry import quietly
from batchspec.run.why.job import BLOCKED, CANCELLED

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

NEXT = '"batchspec retry" without a TASK makes its next run, as "batchspec apply --rerun" does'
_NONE = "no task of it has failed"


@dataclass(frozen=True)
class NextRun:
    """A run that has ended, and what would come after it. succeeded: all of its tasks have; cancelled: the job was."""

    job_id: str
    next_id: str
    tasks: int
    succeeded: bool = False
    cancelled: bool = False


def next_run(program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock) -> NextRun | None:
    """What it takes to try again where the newest run has ended; None where it has not.

    Raises as `again` does.
    """
    need_job(program)
    run = Run.of(program, batch, blobs, clock)
    job = quietly(_job(run))
    if job.state not in OVER:
        return None
    size = len(program.task_ids)
    well = quietly(_all_well(run, job))
    return NextRun(job.id, following(job.id, run.base_id), size, well, job.terminate_reason == CANCELLED)


def again(
    program: Program,
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    names: Sequence[str] = (),
    *,
    failed: bool = False,
) -> Generator[Event, None, None]:
    """Let tasks run again that failed: those named, by id or group, or all. What waits for them goes on by itself.

    What there is to do is found out at once; it is done as the events are taken.

    failed: all, and only in the job that is there. Raises UsageError for a name that is no task's, a job that is not
    there, and some tasks of a job that has ended; Conflict for all of such a job; ServiceError.
    """
    need_job(program)
    run = Run.of(program, batch, blobs, clock)
    job = quietly(_job(run))
    nothing = (Kept("job", job.id, _NONE),)
    if job.state in OVER:
        chosen(program, names)
        if quietly(_all_well(run, job)):
            return _again(run, job, (), nothing)
        raise _as_a_whole(job) if names or failed else _too_late(job)
    views = quietly(run.retry.ask("list tasks", lambda: list(batch.list_tasks(job.id, started=not names))))
    live = {view.id: view for view in views}
    wanted = chosen(program, names, live) if names else [view.id for view in views if _failed(view)]
    tried = [live[task_id] for task_id in wanted if task_id in live and _failed(live[task_id])]
    if not tried and not names:
        return _again(run, job, (), nothing)
    kept = _why_not(program, live, wanted, frozenset(view.id for view in tried))
    return _again(run, job, tried, [Kept("task", task_id, why) for task_id, why in kept])


def _again(run: Run, job: JobView, tried: Sequence[TaskView], kept: Sequence[Kept]) -> Generator[Event, None, None]:
    yield from kept
    if tried:
        yield from _reactivate(run, job, tried)


def _job(run: Run) -> Generator[Event, None, JobView]:
    runs = yield from runs_of(run)
    if runs:
        return runs[-1]
    if (yield from or_none(run.retry, f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))) is None:
        raise UsageError(f'there is no job "{run.job_id}"', 'run it first with "batchspec apply"')
    raise not_ours("job", run.job_id)


def _all_well(run: Run, job: JobView) -> Generator[Event, None, bool]:
    """Whether every task of the spec is in the job, and has succeeded."""
    counts = yield from or_none(run.retry, "count tasks", lambda: run.batch.count_tasks(job.id))
    return counts is not None and counts.succeeded == counts.total >= len(run.program.task_ids)


def _as_a_whole(job: JobView) -> UsageError:
    return UsageError(f'job "{job.id}" has ended, and such a run can only be run again as a whole', NEXT)


def _too_late(job: JobView) -> Conflict:
    how = "is being deleted" if job.state == "deleting" else "has completed"
    why = ": batchspec ended it when all that was left waited for tasks that had failed"
    note = why if job.terminate_reason == BLOCKED else ""
    return Conflict(f'job "{job.id}" {how}, and no task can run again in it{note}', NEXT)


def _failed(view: TaskView) -> bool:
    return view.state == "completed" and not view.succeeded


def _why_not(
    program: Program, live: Mapping[str, TaskView], wanted: Sequence[str], tried: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Of each task that is left as it is, why. tried: those that run again."""
    left = [task_id for task_id in wanted if task_id not in tried]
    waiting = any(task_id in live and live[task_id].state == "active" for task_id in left)
    graph = Dependents(program.tasks) if waiting else None
    failed = [view for view in live.values() if _failed(view) and view.id not in tried] if waiting else []
    held = {view.id: graph.blocked([view]) for view in failed} if graph is not None else {}
    for task_id in left:
        view = live.get(task_id)
        if view is None:
            yield task_id, "it is not in the job"
        elif view.state == "active":
            yield task_id, _why_waiting([one for one, behind in held.items() if task_id in behind])
        else:
            yield task_id, "it succeeded" if view.succeeded else "it runs"


def _why_waiting(blocked_by: Sequence[str]) -> str:
    if not blocked_by:
        return "it waits to run"
    first, more = blocked_by[0], len(blocked_by) - 1
    if not more:
        return f"it is blocked by {first}, which has failed: retry that, and it goes on"
    return (
        f"it is blocked by {first} and {more} other{'s' * (more > 1)}, which have failed: retry those, and it goes on"
    )


def _reactivate(run: Run, job: JobView, failed: Sequence[TaskView]) -> Generator[Event, None, None]:
    request = partial(_one, run, job.id, {view.id: view.since for view in failed}, set())
    begun = yield from each(run, "retry task", [view.id for view in failed], request, "it is not there any more")
    if begun:
        yield Reactivated(job.id, tuple(begun))


def _one(run: Run, job_id: str, since: Mapping[str, datetime], asked: set[str], task_id: str) -> bool:
    """Whether it runs again; False when it is gone. since: when each had failed; asked: those that we asked for before.

    Where an answer was lost it may have run again by now, and even have failed again.
    """

    def moved() -> bool:
        return run.batch.get_task(job_id, task_id).since != since[task_id]

    try:
        if task_id in asked and moved():
            return True
        asked.add(task_id)
        run.batch.reactivate_task(job_id, task_id)
    except NotFound:
        return False
    except Conflict as error:
        if moved():  # by another's request
            return True
        view = run.batch.get_job(job_id)
        if view.state in OVER:
            raise _too_late(view) from error
        raise
    return True
