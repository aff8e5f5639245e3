"""The job as the plan says: made or changed in place, filled with its tasks, and armed last.

It is made without an action on completion; all of its tasks are added and counted; only then it is armed. Arming
cannot be undone, and a job that is armed while it has no task left to run completes at once. So a crash between any
two steps leaves a job that waits for the next apply to finish it. A job that shall stay active is never armed, and
one without tasks is not either.

Of a job that is changed, our marks come after all else: as long as they are the old ones, the next plan looks again.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import suppress
from copy import copy
from enum import Enum
from functools import partial
from typing import Any

from batchspec.compiler.members import ends_by_itself, is_empty
from batchspec.errors import Conflict, NotFound, Refused, ServiceError, Unauthorized
from batchspec.planning.change import Action, Change, Plan
from batchspec.planning.jobs import ENDED, HALTED, removed_ids
from batchspec.planning.places import Place
from batchspec.planning.same import plain
from batchspec.ports import DRAINED_KEY, REMOVED_KEY, JobView
from batchspec.run.adding import add_tasks, count_tasks
from batchspec.run.context import Run, refusal
from batchspec.run.each import each
from batchspec.run.ensure import ensure, moved
from batchspec.run.events import Armed, Event, JobReady, Kept, Removed, Updated
from batchspec.run.metadata import rewrite
from batchspec.run.notes import forget
from batchspec.run.patching import marked, metadata, patch
from batchspec.run.pause import drain, enabled
from batchspec.run.report import Finding
from batchspec.run.within import awaiting


class JobState(Enum):
    """What is left to do for the job."""

    FILL = "fill"
    WATCH = "watch"
    OVER = "over"


def ready_job(run: Run, plan: Plan, view: JobView | None) -> Generator[Event, None, JobState | tuple[Finding, ...]]:
    """Create the job, or take it up where it is. view: as the plan has seen it."""
    change = plan.of("job")
    assert change is not None, "a plan says what becomes of the job"
    if change.action in (Action.CREATE, Action.REPLACE) or view is None:
        return (yield from _created(run))
    try:
        now = yield from _seen(run)
        problem = moved(run, "job", run.job, view, now)
        if problem is not None:
            return (problem,)
        yield JobReady(run.job_id, "resumed")
        now = yield from _changed(run, change, now)
        state = yield from _retasked(run, {of.action: of for of in plan.changes if of.kind == "tasks"})
        if now.state in HALTED or DRAINED_KEY in now.metadata:
            yield from enabled(run)
    except Unauthorized:
        raise
    except Refused as error:
        refused = refusal("BS701", run.job, f'the service refused to change job "{run.job_id}"', error)
        with suppress(ServiceError):  # what was refused is worth more than what stands in the way of this
            yield from _released(run)
        return (refused,)
    if state is not JobState.FILL:
        return state
    if change.stale or marked(change):
        problem = yield from _remark(run, change, view)
        if problem is not None:
            return (problem,)
    return JobState.WATCH if view.armed else JobState.FILL


def _released(run: Run) -> Generator[Event, None, None]:
    """Let a job go on that was paused for a change which the service does not take."""
    if DRAINED_KEY in (yield from _seen(run)).metadata:
        yield from enabled(run)


def _retasked(run: Run, changes: Mapping[Action, Change]) -> Generator[Event, None, JobState | tuple[Finding, ...]]:
    """Tasks changed, added and deleted, in this order: a job that is armed ends once it has none left to run."""
    limits, gone = changes.get(Action.UPDATE), changes.get(Action.DELETE)
    if limits is not None:
        yield from _update_tasks(run, limits)
    state: JobState | tuple[Finding, ...] = JobState.FILL
    added = Action.CREATE in changes and not is_empty(run.program)
    if added:
        state = yield from _filled(run)
    if gone is not None and state is JobState.FILL:
        yield from _delete_tasks(run, gone)
    if added and state is JobState.FILL:
        return (yield from count_tasks(run)) or state
    return state


def _created(run: Run) -> Generator[Event, None, JobState | tuple[Finding, ...]]:
    made, job_id = run.job, run.job_id
    found = yield from ensure(
        run,
        "job",
        made,
        get=lambda: run.batch.get_job(job_id),
        add=lambda: run.batch.add_job(_unarmed(made.body)),
    )
    if isinstance(found, Finding):
        return (found,)
    if found is None and run.program.stores:  # what was noted of one that is gone says nothing of this one
        yield from forget(run.blobs, run.retry, run.program.container, job_id)
    if found is not None and found.state in ENDED:
        yield JobReady(job_id, "completed")
        return JobState.OVER
    yield JobReady(job_id, "created" if found is None else "resumed")
    if found is not None and found.armed:
        return JobState.WATCH
    if is_empty(run.program):
        return JobState.FILL
    state = yield from _filled(run, new=found is None)
    return ((yield from count_tasks(run)) or state) if state is JobState.FILL else state


def _filled(run: Run, *, new: bool = False) -> Generator[Event, None, JobState | tuple[Finding, ...]]:
    """Add the tasks that the job lacks. One that has ended meanwhile takes none, and is over."""
    try:
        with awaiting("tasks are still being added"):
            return (yield from add_tasks(run, new=new)) or JobState.FILL
    except Conflict:
        state = (yield from _seen(run)).state
        if state in HALTED:  # no document says that a disabled job takes tasks
            yield from enabled(run)
            return (yield from _filled(run))
        if state not in ENDED:
            raise
        yield Kept("job", run.job_id, "it has ended meanwhile, and takes no more tasks")
        return JobState.OVER


def _unarmed(body: Any) -> Any:
    made = copy(body)
    made.on_all_tasks_complete = "noaction"
    return made


def _changed(run: Run, change: Change, view: JobView) -> Generator[Event, None, JobView]:
    """The job's own fields, in place; another pool while the job is disabled, which it is then: it has to be enabled.

    That comes last, so that what is left to change is changed before any of its tasks starts.
    """
    version, body = run.program.api_version, run.job.body
    members = patch("job", version, body, change.differences, frozenset({Place.FREELY}))
    done = not members or (yield from run.retry.ask(f"update job {run.job_id}", lambda: _patched(run, members)))
    place = patch("job", version, body, change.differences, frozenset({Place.DISABLED}))
    if place and view.state not in ENDED:
        if view.state != "disabled":
            view = yield from drain(run, view.pool_id, view, run.program.pool_id or "")
        done &= yield from run.retry.ask(f"move job {run.job_id}", lambda: _patched(run, place))
    if not done:
        yield Kept("job", run.job_id, "it has completed meanwhile, and nothing of it changes any more")
    elif members or place:
        yield Updated("job", run.job_id, "; ".join(change.reasons))
    return view


def _delete_tasks(run: Run, change: Change) -> Generator[Event, None, None]:
    """Their ids are written down first: no other task may ever come under them in this job."""

    def request(task_id: str) -> bool:
        with suppress(NotFound):
            run.batch.delete_task(run.job_id, task_id)
        return True

    # Beside it all stays as it is: the marks are renewed last.
    yield from rewrite(
        run,
        run.job_id,
        f"note removed tasks of {run.job_id}",
        lambda now: {**now.metadata, REMOVED_KEY: removed_ids(now, change.ids)},
    )
    yield from each(run, "delete task", change.ids, request, "")
    yield Removed("tasks", run.job_id, len(change.ids))


def _update_tasks(run: Run, change: Change) -> Generator[Event, None, None]:
    wanted = frozenset(change.ids)
    limits = {made.body.id: plain(made.body.constraints) or {} for made in run.program.tasks if made.body.id in wanted}

    def request(task_id: str) -> bool:
        """Whether it took its new limits: one that has completed meanwhile takes none, and needs none."""
        try:
            run.batch.update_task(run.job_id, task_id, limits[task_id])
        except NotFound:
            return False
        except Conflict:
            if run.batch.get_task(run.job_id, task_id).state != "completed":
                raise
            return False
        return True

    if (yield from each(run, "update task", change.ids, request, "it has completed meanwhile, or is gone")):
        yield Updated("tasks", run.job_id, "; ".join(change.reasons))


def _remark(run: Run, change: Change, view: JobView) -> Generator[Event, None, Finding | None]:
    """The marks of this spec, unless another was applied meanwhile: a task that was there already may be its."""

    def marks(now: JobView) -> dict[str, str] | Finding:
        return moved(run, "job", run.job, view, now) or metadata(run.job.body, now.metadata, change)

    return (yield from rewrite(run, run.job_id, f"mark job {run.job_id}", marks))


def _patched(run: Run, members: dict[str, Any]) -> bool:
    """Whether it was done; False where the job has completed meanwhile, and nothing of it changes any more."""
    try:
        run.batch.patch_job(run.job_id, members)
    except Conflict:
        if run.batch.get_job(run.job_id).state not in ENDED:
            raise
        return False
    return True


def _seen(run: Run) -> Generator[Event, None, JobView]:
    return (yield from run.retry.ask(f"job {run.job_id}", partial(run.batch.get_job, run.job_id)))


def fill(run: Run) -> Generator[Event, None, None]:
    """Arm the job, which has all of its tasks, if it shall end with them."""
    if ends_by_itself(run.program):
        yield from arm(run)


def arm(run: Run) -> Generator[Event, None, None]:
    """Let the job complete once its tasks have."""
    try:
        yield from run.retry.ask(f"arm job {run.job_id}", lambda: run.batch.arm_job(run.job_id))
    except Conflict:
        # Armed already, by a request whose answer was lost, and completed since: the watch will tell.
        view = yield from _seen(run)
        if not view.armed and view.state not in ENDED:
            raise
    yield Armed(run.job_id)
