"""BS106, BS203, BS223: a range of ids that a task waits for has a start, an end, and tasks in it.

A range means each whole number from its start to its end, and "every task in the range must satisfy the dependency"
(https://learn.microsoft.com/azure/batch/batch-task-dependencies): a number that no task has is waited for as well.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from batchspec.check.rule import finding
from batchspec.check.waiting import waiting
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import IdRange, Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Each range of each template once."""
    numbers: list[int] | None = None
    for group, tasks in waiting(spec):
        if not any(isinstance(item, IdRange) for item in spec.tasks[group.start].depends_on):
            continue
        if numbers is None:
            # Leading zeros mean nothing in a range: "4", "04" and "004" are all task 4.
            numbers = sorted({int(id_) for id_ in spec.graph.by_id if id_.isdecimal() and len(id_) < 64})
        told: set[str] = set()
        for task in tasks:
            for item in task.depends_on:
                if isinstance(item, IdRange) and item.pointer not in told:
                    for found in _judge(spec, task, item, numbers):
                        told.add(item.pointer)
                        yield found


def _judge(spec: Spec, task: Task, item: IdRange, numbers: Sequence[int]) -> Iterator[Diagnostic]:
    written = f"{item.start} to {item.end}"
    if item.end < item.start:
        message = f"the range ends at {item.end}, before it starts at {item.start}"
        yield finding("BS106", message, item.at("end"), f"{item.pointer}/end", "let the end be the last id")
        return
    first, last = bisect_left(numbers, item.start), bisect_right(numbers, item.end)
    wanted = item.end - item.start + 1
    job = spec.keys.job
    if first == last:
        message = f'task "{task.id}" depends on the tasks {written}, and the spec defines none of them'
        hint = "a range means ids that are whole numbers, its end included"
        yield finding("BS203", message, item.at("start"), item.pointer, hint)
    elif last - first < wanted and (job is None or job.job_manager_task is None):  # a manager may add the others
        there = last - first
        gaps = (item.start + at for at in range(there) if numbers[first + at] != item.start + at)
        missing, more = next(gaps, item.start + there), wanted - there - 1
        others = f" (and {more:,} more)" if more else ""
        message = f'task "{task.id}" depends on the tasks {written}, and there is no task {missing}{others}'
        hint = "write a range for each stretch of ids that are there"
        yield finding("BS223", message, item.at("start"), item.pointer, hint)
