"""One request for each of some tasks, several at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence

from batchspec.run.context import Run
from batchspec.run.crew import WORKERS, Done, crew
from batchspec.run.events import Event, Kept


def each(
    run: Run, what: str, task_ids: Sequence[str], request: Callable[[str], bool], otherwise: str
) -> Generator[Event, None, list[str]]:
    """The tasks for which the request did something. what: it does; otherwise: why it did nothing for the others."""
    done: set[str] = set()
    asked = crew(deque(task_ids), lambda one, _check: request(one), lambda one: f"{what} {one}", run.retry, WORKERS)
    for step in asked:
        if not isinstance(step, Done):
            yield step
        elif step.answer:
            done.add(step.item)
        else:
            yield Kept("task", step.item, otherwise)
    return [one for one in task_ids if one in done]
