"""BS312: a job that would never end when one of its tasks fails.

A task that waits for a failed one stays active for ever (the REST document of `dependsOn`), and so does its job,
unless the job has a time limit or the failure ends it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding, title
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import IdRange, Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """Once for a spec, at its first such task."""
    job = spec.keys.job
    if job is None or job.timeout is not None or job.on_task_failure == "performexitoptionsjobaction":
        return
    told: dict[str, bool] = {}
    for task, count in spec.examples():
        where = next((name for name in ("depends_on", "inputs") if task.has(name)), None)
        if where is None or not spec.graph.waits(task) or task.on_dependency_failure == "satisfy":
            continue
        if _can_block(spec, task, told):
            message = f"{title(task, count)} waits for ever when a task before it fails, and the job has no time limit"
            hint = "give the job a timeout, or the task on_dependency_failure: satisfy"
            where = where if task.depends_on else "inputs"
            yield finding("BS312", message, task.node.keys[where], f"{task.pointer}/{where}", hint)
            return


def _can_block(spec: Spec, task: Task, told: dict[str, bool]) -> bool:
    """Whether a task that it waits for can fail so that it is blocked."""
    if any(isinstance(item, IdRange) for item in task.depends_on):
        return True
    for name in spec.graph.references(task):
        if name not in told:
            told[name] = any(not _satisfies(spec.graph.by_id[one]) for one in spec.graph.members(name))
        if told[name]:
            return True
    return False


def _satisfies(task: Task) -> bool:
    """Whether all that waits for a task may run however it ends, as its exit conditions say."""
    conditions = task.exit_conditions
    default = conditions.default if conditions is not None else None
    return default is not None and default.dependency_action == "satisfy"
