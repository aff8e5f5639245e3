"""What tasks have printed, whole or followed."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from batchspec.errors import NotFound, UsageError
from batchspec.ports import TaskView
from batchspec.run.context import Options, Run, need_job
from batchspec.run.events import Event
from batchspec.run.follow import Follower
from batchspec.run.members import is_open, task_ids as task_ids_of
from batchspec.run.retry import retrying

if TYPE_CHECKING:
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock

_PAUSE = 1.0  # seconds
_ONE_BY_ONE = 20  # tasks that are asked for by name, rather than listed


def logs(
    program: Program,
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    task_ids: Sequence[str] = (),
    *,
    follow: bool = False,
) -> Generator[Event, None, None]:
    """Output events of the tasks named, or of all in the order of the spec.

    follow: go on until they have completed, or their job has. Raises UsageError for a task that the spec
    does not have or a job that is not there, ServiceError. A job manager task's job may have tasks that no spec
    knows: all that there are are shown, and any may be named.
    """
    need_job(program)
    run = Run(program, batch, blobs, clock, retrying(clock), Options())
    wanted = _wanted(program, task_ids)
    follower = Follower(run)
    ended: set[str] = set()
    while True:
        over = yield from _over(run)
        views = yield from _views(run, wanted)
        for view in views:
            if view.state == "completed" and view.id not in ended:
                ended.add(view.id)
                yield from follower.finish(view)
        live = [view for view in views if view.state == "running"]
        if not follow:
            for view in live:
                yield from follower.show(view)
            return
        yield from follower.poll(live)
        if over or len(ended) == len(views if wanted is None else wanted):
            return
        clock.sleep(_PAUSE)


def _wanted(program: Program, task_ids: Sequence[str]) -> list[str] | None:
    """The tasks asked for, each once; None for all that there are."""
    if is_open(program):
        return list(dict.fromkeys(task_ids)) or None
    known = [made.body.id for made in program.tasks]
    for task_id in task_ids:
        if task_id not in known:
            raise _unknown(program, task_id)
    return list(dict.fromkeys(task_ids)) or known


def _unknown(program: Program, task_id: str) -> UsageError:
    near = get_close_matches(task_id, task_ids_of(program), 1)
    hint = f'did you mean "{near[0]}"?' if near else 'see "batchspec status" for the tasks'
    return UsageError(f'the spec has no task "{task_id}"', hint)


def _over(run: Run) -> Generator[Event, None, bool]:
    try:
        view = yield from run.retry.ask("job", lambda: run.batch.get_job(run.job_id))
    except NotFound:
        hint = 'run it first with "batchspec apply"'
        raise UsageError(f'there is no job "{run.job_id}"', hint) from None
    return view.state == "completed"


def _views(run: Run, wanted: Sequence[str] | None) -> Generator[Event, None, list[TaskView]]:
    if wanted is None:
        return (yield from run.retry.ask("list tasks", lambda: list(run.batch.list_tasks(run.job_id))))
    if len(wanted) > _ONE_BY_ONE:
        found = yield from run.retry.ask(
            "list tasks", lambda: {view.id: view for view in run.batch.list_tasks(run.job_id, started=True)}
        )
        return [found[task_id] for task_id in wanted if task_id in found]
    views, known = [], task_ids_of(run.program)
    for task_id in wanted:
        try:
            view = yield from run.retry.ask(f"task {task_id}", partial(run.batch.get_task, run.job_id, task_id))
        except NotFound:
            if task_id not in known:
                raise _unknown(run.program, task_id) from None
            continue
        views.append(view)
    return views
