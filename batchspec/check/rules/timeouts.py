"""BS303: a task's limit within its job's."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding, title
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec


def check(spec: Spec) -> Iterator[Diagnostic]:
    """A task that may run longer than its job would be killed by the job's limit instead."""
    limit = spec.keys.job.timeout
    if limit is None:
        return
    for task, count in spec.examples():
        if task.timeout is not None and task.timeout > limit:
            message = f"{title(task, count)} may run longer than its job may"
            hint = "raise job.timeout, or lower this one"
            yield finding("BS303", message, task.at("timeout"), f"{task.pointer}/timeout", hint)
