"""The job without an action on completion, all of its tasks, a count, and only then the arming.

Arming cannot be undone, and a job that is armed while it has no task left to run completes at once. So a
crash between any two steps leaves a job that waits for the next apply to finish it. A job that shall stay active
is never armed, and one without tasks is not either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from copy import copy
from enum import Enum
from typing import TYPE_CHECKING, Any

from batchspec.errors import Busy, Conflict, NotFound, TooLarge
from batchspec.ports import AddResult
from batchspec.run.context import Run, explained, finding, refusal
from batchspec.run.crew import Done, crew
from batchspec.run.ensure import ensure, objection
from batchspec.run.events import Armed, Event, JobReady, TasksAdded, Waiting
from batchspec.run.members import ends_by_itself, is_open
from batchspec.run.report import Finding

if TYPE_CHECKING:
    from batchspec.compiler.program import Made

PER_REQUEST = 100  # the service's limit
WORKERS = 3
ROUNDS = 6  # how often a task may come back with a server error
SHOWN = 20  # refused tasks that are told one by one
_ENDED = ("completed", "terminating")


class JobState(Enum):
    """What is left to do for the job."""

    FILL = "fill"
    WATCH = "watch"
    OVER = "over"


def settled_job(run: Run) -> Generator[Event, None, JobState | Finding | None]:
    """What the job itself decides before anything is made for it: it has completed, or is not ours to use."""
    try:
        view = yield from run.retry.ask(f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))
    except NotFound:
        return None
    problem = objection(run, "job", run.job, view)
    if problem is not None:
        return problem
    if view.state in _ENDED:
        yield JobReady(run.job_id, "completed")
        return JobState.OVER
    return None


def ready_job(run: Run) -> Generator[Event, None, JobState | Finding]:
    """Create the job, or take it up where it was left."""
    made, job_id = run.job, run.job_id
    found = yield from ensure(
        run,
        "job",
        made,
        get=lambda: run.batch.get_job(job_id),
        add=lambda: run.batch.add_job(_unarmed(made.body)),
    )
    if isinstance(found, Finding):
        return found
    if found is None:
        yield JobReady(job_id, "created")
        return JobState.FILL
    if found.state in _ENDED:
        yield JobReady(job_id, "completed")
        return JobState.OVER
    yield JobReady(job_id, "resumed")
    return JobState.WATCH if found.armed else JobState.FILL


def _unarmed(body: Any) -> Any:
    made = copy(body)
    made.on_all_tasks_complete = "noaction"
    return made


def fill(run: Run) -> Generator[Event, None, tuple[Finding, ...]]:
    """Add the tasks, count them, and arm the job if it shall end with them."""
    problems = (yield from _add(run)) if run.program.tasks else ()
    if problems:
        return problems
    problems = yield from _counted(run)
    if problems:
        return problems
    if ends_by_itself(run.program):
        yield from arm(run)
    return ()


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _add(run: Run) -> Generator[Event, None, tuple[Finding, ...]]:
    tasks = run.program.tasks
    held = yield from _held(run)
    missing = [made for made in tasks if made.body.id not in held] if held else tasks
    added, total = len(tasks) - len(missing), len(tasks)
    yield TasksAdded(added, total)

    queue: deque[Sequence[Made[Any]]] = deque(chunks(missing, PER_REQUEST))
    rounds: dict[str, int] = {}
    refused: list[Finding] = []
    attempt = _adder(run)
    for step in crew(queue, attempt, lambda part: f"add {len(part)} tasks", run.retry, WORKERS):
        if not isinstance(step, Done):
            yield step
            continue
        part = step.item
        if isinstance(step.answer, TooLarge):
            if len(part) == 1:
                what = f'the service refused task "{part[0].body.id}"'
                refused.append(refusal("BS702", part[0], what, step.answer))
            else:
                half = (len(part) + 1) // 2
                # In front, first half first: the order in which tasks enter is that of the spec.
                queue.appendleft(part[half:])
                queue.appendleft(part[:half])
            continue
        again, lost = _read(part, step.answer, rounds, refused)
        added += len(part) - len(again) - lost
        yield TasksAdded(added, total)
        if again:
            delay = 0.5 * 2.0 ** max(rounds[made.body.id] for made in again)
            yield Waiting(f"add {len(again)} tasks", delay, "the service failed to add them")
            run.clock.sleep(delay)
            queue.append(again)
    if len(refused) > SHOWN:
        more = f"the service refused {len(refused) - SHOWN} more tasks"
        refused[SHOWN:] = [finding("BS702", run.job, more)]
    return tuple(refused)


def _held(run: Run) -> Generator[Event, None, set[str]]:
    counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(run.job_id))
    if not counts.total:
        return set()
    return (yield from run.retry.ask("list tasks", lambda: {view.id for view in run.batch.list_tasks(run.job_id)}))


def _adder(
    run: Run,
) -> Callable[[Sequence[Made[Any]], Callable[[], None]], list[AddResult] | TooLarge]:
    def add(part: Sequence[Made[Any]], _check: Callable[[], None]) -> list[AddResult] | TooLarge:
        try:
            return run.batch.add_tasks(run.job_id, [made.body for made in part])
        except TooLarge as error:
            return error

    return add


def _read(
    part: Sequence[Made[Any]], results: list[AddResult], rounds: dict[str, int], refused: list[Finding]
) -> tuple[list[Made[Any]], int]:
    """The tasks to add again, and how many were refused. A task without a result is added again as well."""
    by_id = {result.task_id: result for result in results}
    again: list[Made[Any]] = []
    lost = 0
    for made in part:
        result = by_id.get(made.body.id)
        fault = result.fault if result else None
        if result and result.status == "success":
            continue
        if result and result.status == "clienterror":
            # The job is ours and the same: a task of this id is this task.
            if fault and fault.code == "TaskExists":
                continue
            text = explained(fault.message, fault.details) if fault else "it gave no reason"
            refused.append(finding("BS702", made, f'the service refused task "{made.body.id}": {text}'))
            lost += 1
            continue
        rounds[made.body.id] = rounds.get(made.body.id, 0) + 1
        if rounds[made.body.id] >= ROUNDS:
            message = f'the service failed to add task "{made.body.id}" {ROUNDS} times'
            raise Busy(message, code=fault.code if fault else "")
        again.append(made)
    return again, lost


def _counted(run: Run) -> Generator[Event, None, tuple[Finding, ...]]:
    """Nothing when the job holds the program's tasks. The service's counts may lag behind for a moment."""
    wanted, pause = len(run.program.tasks), 0.2
    for _ in range(8):
        counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(run.job_id))
        if counts.total == wanted or (counts.total > wanted and is_open(run.program)):
            return ()
        run.clock.sleep(pause)
        pause *= 2
    message = f'job "{run.job_id}" holds {counts.total} tasks where the spec has {wanted}'
    return (finding("BS703", run.job, message, 'look at it with "batchspec status"'),)


def arm(run: Run) -> Generator[Event, None, None]:
    """Let the job complete once its tasks have."""
    try:
        yield from run.retry.ask(f"arm job {run.job_id}", lambda: run.batch.arm_job(run.job_id))
    except Conflict:
        # Armed already, by a request whose answer was lost, and completed since: the watch will tell.
        view = yield from run.retry.ask(f"job {run.job_id}", lambda: run.batch.get_job(run.job_id))
        if not view.armed and view.state not in _ENDED:
            raise
    yield Armed(run.job_id)
