"""End a spec's job before its time, or some of its tasks.

First a look, so that somebody can be asked; then it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from batchspec.errors import Conflict, NotFound, UsageError
from batchspec.planning.jobs import OVER
from batchspec.planning.owner import ours
from batchspec.ports import Counts, Fault, TaskView
from batchspec.run.absent import or_none
from batchspec.run.blocked import Dependents
from batchspec.run.chosen import chosen
from batchspec.run.context import Run
from batchspec.run.each import each
from batchspec.run.events import Cancelled, Event, Kept
from batchspec.run.failures import was_ended
from batchspec.run.reruns import runs_of
from batchspec.run.retry import quietly
from batchspec.run.why.job import CANCELLED

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock


@dataclass(frozen=True)
class Aim:
    """What a cancel would end. kind: job, or job schedule, which ends with the job that it has running.

    job_id: of the run that is looked at, "" when there is none; state: its own, "" when it is not there.
    tasks: those named, as they are now; None for all.
    """

    kind: str
    name: str
    job_id: str
    state: str
    running: int = 0
    waiting: int = 0
    tasks: tuple[TaskView, ...] | None = None
    blocked: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether there is nothing left to end."""
        return self.state in ("", *OVER) or (self.tasks is not None and not self.running and not self.waiting)


def aim(program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock, names: Sequence[str] = ()) -> Aim:
    """Look at what a cancel of these tasks, or of all, would end. names: of tasks and of groups.

    Raises UsageError for a name that is no task's, ServiceError.
    """
    run = Run.of(program, batch, blobs, clock)
    whole = quietly(_schedule(run) if program.schedule is not None else _job(run))
    if not whole.job_id:
        chosen(program, names)
        return replace(whole, tasks=() if names else None)
    if not names:
        # The last job of a schedule may be gone while the schedule is there.
        counts = quietly(or_none(run.retry, "count tasks", lambda: batch.count_tasks(whole.job_id))) or Counts()
        return replace(whole, running=counts.running, waiting=counts.active)
    views = quietly(or_none(run.retry, "list tasks", lambda: list(batch.list_tasks(whole.job_id)))) or []
    return _some(program, whole, {view.id: view for view in views}, names)


def _job(run: Run) -> Generator[Event, None, Aim]:
    if run.program.job is None:
        raise UsageError(f'the spec "{run.program.name}" has no job: it only describes a pool')
    runs = yield from runs_of(run)
    if runs:
        return Aim("job", runs[-1].id, runs[-1].id, runs[-1].state)
    if (yield from or_none(run.retry, f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))) is None:
        return Aim("job", run.job_id, "", "")
    raise not_ours("job", run.job_id)


def _schedule(run: Run) -> Generator[Event, None, Aim]:
    assert run.program.schedule is not None
    name = str(run.program.schedule.body.id)
    view = yield from or_none(run.retry, f"job schedule {name}", lambda: run.batch.get_schedule(name))
    if view is None:
        return Aim("job schedule", name, "", "")
    if not ours(run.program, view.metadata):
        raise not_ours("job schedule", name)
    return Aim("job schedule", name, view.recent_job or "", view.state)


def not_ours(kind: str, name: str) -> Conflict:
    """What has the spec's id and not its mark is nothing that we touch."""
    return Conflict(f'{kind} "{name}" was not made by this spec', f"give the {kind} of the spec another id")


def _some(program: Program, whole: Aim, live: dict[str, TaskView], names: Sequence[str]) -> Aim:
    wanted = [live[task_id] for task_id in chosen(program, names, live) if task_id in live]
    left = [view for view in wanted if view.state != "completed"]
    waiting = sum(view.state == "active" for view in left)
    return replace(
        whole,
        running=len(left) - waiting,
        waiting=waiting,
        tasks=tuple(wanted),
        blocked=tuple(_blocked(program, left, live)),
    )


def _blocked(program: Program, ended: Sequence[TaskView], live: dict[str, TaskView]) -> Collection[str]:
    """What waits for tasks that are ended, and can never run then: in the order of the spec."""
    fault = Fault("TaskEnded", "")
    as_if = [replace(view, state="completed", succeeded=False, exit_code=None, fault=fault) for view in ended]
    held = Dependents(program.tasks).blocked(as_if) - {view.id for view in ended}
    ids = (str(made.body.id) for made in program.tasks)
    return [one for one in ids if one in held and (one not in live or live[one].state != "completed")]


def cancel(
    program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock, found: Aim
) -> Generator[Event, None, None]:
    """End what `aim` found, and tell of it. What has ended by itself is left. Raises ServiceError."""
    run = Run.of(program, batch, blobs, clock)
    if found.tasks is not None:
        yield from _end_tasks(run, found, found.tasks)
    elif found.over:
        yield Kept(found.kind, found.name, "it is not there" if not found.state else "it had ended before")
    else:
        yield from _end_all(run, found)


def _end_all(run: Run, found: Aim) -> Generator[Event, None, None]:
    name = found.name
    end, look = (
        (lambda: run.batch.terminate_schedule(name), lambda: run.batch.get_schedule(name).state)
        if found.kind == "job schedule"
        else (lambda: run.batch.terminate_job(name, CANCELLED), lambda: run.batch.get_job(name).state)
    )
    try:
        yield from run.retry.ask(f"end {found.kind} {name}", end)
    except (Conflict, NotFound):  # by itself, by somebody else, or by our request whose answer was lost
        try:
            state = yield from run.retry.ask(f"{found.kind} {name}", look)
        except NotFound:
            state = "deleting"
        if state not in OVER:
            raise
    yield Cancelled(found.kind, name, found.running, found.waiting)


def _end_tasks(run: Run, found: Aim, tasks: Sequence[TaskView]) -> Generator[Event, None, None]:
    for view in tasks:
        if view.state == "completed" or found.state in OVER:
            yield Kept("task", view.id, f"it{'' if view.state == 'completed' else 's job'} had ended before")
    if not tasks:
        yield Kept(found.kind, found.name, "no such task is in it" if found.state else "it is not there")
    left = [] if found.state in OVER else [view.id for view in tasks if view.state != "completed"]
    if not left:
        return
    request = partial(_end_task, run, found.job_id)
    ended = yield from each(run, "end task", left, request, "it has ended by itself")
    yield Cancelled("job", found.job_id, found.running, found.waiting, tuple(ended), found.blocked)


def _end_task(run: Run, job_id: str, task_id: str) -> bool:
    try:
        run.batch.terminate_task(job_id, task_id)
    except NotFound:
        return False
    except Conflict:
        view = run.batch.get_task(job_id, task_id)
        if view.state != "completed":
            raise
        return was_ended(view)  # by our own request whose answer was lost, or as well as by it
    return True
