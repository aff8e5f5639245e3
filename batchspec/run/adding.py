"""All tasks of a job to the service: what it lacks, many requests at a time, every answer read, and a count.

A task that is refused is named, at its place in the spec; the others are added, and the job stays unarmed until the
next apply adds what was missing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Any

from batchspec.compiler.members import is_open
from batchspec.errors import Busy, TooLarge
from batchspec.ports import AddResult
from batchspec.run.context import Run, explained, finding
from batchspec.run.crew import Done, crew
from batchspec.run.events import Event, TasksAdded, Waiting
from batchspec.run.report import Finding

PER_REQUEST = 100  # the service's limit
WORKERS = 32  # requests at a time: at 100 ms each, 32,000 tasks a second, which is what one core can make and read
ROUNDS = 6  # how often a task may come back with a server error
SHOWN = 20  # refused tasks that are told one by one


def add_tasks(run: Run, *, new: bool = False) -> Generator[Event, None, tuple[Finding, ...]]:
    """Add the program's tasks that the job lacks; what was refused.

    new: the job was made just now, and nobody else can have added any.
    """
    return (yield from _add(run, set() if new else (yield from _held(run)))) if run.program.tasks else ()


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


Part = Sequence[int]  # places of tasks in the program: their bodies are made when they are sent


def _add(run: Run, held: set[str]) -> Generator[Event, None, tuple[Finding, ...]]:
    ids = run.program.task_ids
    missing: Part = [at for at, task_id in enumerate(ids) if task_id not in held] if held else range(len(ids))
    added, total = len(ids) - len(missing), len(ids)
    yield TasksAdded(added, total)

    queue: deque[Part] = deque(chunks(missing, PER_REQUEST))
    answers = _Answers(run)
    for step in crew(queue, partial(_send, run), lambda part: f"add {len(part)} tasks", run.retry, WORKERS):
        if not isinstance(step, Done):
            yield step
            continue
        part = step.item
        if isinstance(step.answer, TooLarge):
            if len(part) == 1:
                answers.refuse_large(part[0], step.answer)
            else:
                half = (len(part) + 1) // 2
                # In front, first half first: the order in which tasks enter is that of the spec.
                queue.appendleft(part[half:])
                queue.appendleft(part[:half])
            continue
        again, lost = answers.read(part, step.answer)
        added += len(part) - len(again) - lost
        yield TasksAdded(added, total)
        if again:
            delay = answers.pause(again)
            yield Waiting(f"add {len(again)} tasks", delay, "the service failed to add them")
            run.clock.sleep(delay)
            queue.append(again)
    return answers.findings()


def _held(run: Run) -> Generator[Event, None, set[str]]:
    counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(run.job_id))
    if not counts.total:
        return set()
    return (yield from run.retry.ask("list tasks", lambda: set(run.batch.task_states(run.job_id))))


def _send(run: Run, part: Part, _check: Callable[[], None]) -> list[AddResult] | TooLarge:
    # One after the other: a hundred that are alive at once are enough for the collector to look at all there is.
    try:
        return run.batch.add_tasks(run.job_id, run.program.bodies(part))
    except TooLarge as error:
        return error


class _Answers:
    """What the service has said of each task: which it takes later, and which it refuses."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ids = run.program.task_ids
        self._rounds: dict[int, int] = {}
        self._refused: dict[int, Finding] = {}

    def read(self, part: Part, results: Sequence[AddResult]) -> tuple[list[int], int]:
        """The tasks to add again, and how many were refused. A task without a result is added again as well."""
        if [(self._ids[at], "success") for at in part] == [result[:2] for result in results]:
            return [], 0
        by_id = {result.task_id: result for result in results}
        again: list[int] = []
        lost = 0
        for at in part:
            result = by_id.get(self._ids[at])
            if result is not None and result.status == "success":
                continue
            fault = result.fault if result else None
            if result and result.status == "clienterror":
                # The job is ours and the same: a task of this id is this task.
                if fault is None or fault.code != "TaskExists":
                    self._refuse(at, explained(fault.message, fault.details) if fault else "it gave no reason")
                    lost += 1
                continue
            self._rounds[at] = self._rounds.get(at, 0) + 1
            if self._rounds[at] >= ROUNDS:
                message = f'the service failed to add task "{self._ids[at]}" {ROUNDS} times'
                raise Busy(message, code=fault.code if fault else "")
            again.append(at)
        return again, lost

    def pause(self, again: Part) -> float:
        """Seconds until tasks are added again."""
        return float(0.5 * 2.0 ** max(self._rounds[at] for at in again))

    def refuse_large(self, at: int, error: TooLarge) -> None:
        """A task that is too large for a request of its own."""
        self._refuse(at, explained(error.message, error.values), error.hint)

    def _refuse(self, at: int, why: str, hint: str | None = None) -> None:
        made = self._run.program.tasks[at]
        self._refused[at] = finding("BS702", made, f'the service refused task "{made.body.id}": {why}', hint)

    def findings(self) -> tuple[Finding, ...]:
        """The refused tasks in the order of the spec, SHOWN of them one by one."""
        refused = [self._refused[at] for at in sorted(self._refused)]
        if len(refused) > SHOWN:
            more = f"the service refused {len(refused) - SHOWN} more tasks"
            refused[SHOWN:] = [finding("BS702", self._run.job, more)]
        return tuple(refused)


def count_tasks(run: Run) -> Generator[Event, None, tuple[Finding, ...]]:
    """Nothing when the job holds the program's tasks. The service's counts may lag behind for a moment."""
    wanted, pause = len(run.program.task_ids), 0.2
    for _ in range(8):
        counts = yield from run.retry.ask("count tasks", lambda: run.batch.count_tasks(run.job_id))
        if counts.total == wanted or (counts.total > wanted and is_open(run.program)):
            return ()
        run.clock.sleep(pause)
        pause *= 2
    message = f'job "{run.job_id}" holds {counts.total} tasks where the spec has {wanted}'
    return (finding("BS703", run.job, message, 'look at it with "batchspec status"'),)
