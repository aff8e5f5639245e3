"""BS303, BS106: a task's limit within its job's, and limits that let anything run at all."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding, once, title
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.table import Bound

_LIMITS = ("timeout", "sas_lifetime")


def check(spec: Spec) -> Iterator[Diagnostic]:
    """A task that may run longer than its job would be killed by the job's limit instead."""
    keys = spec.keys
    limited = (keys.storage, keys.job, keys.job.prepare, keys.job.release, *spec.tasks)
    yield from once(found for bound in limited if bound is not None for found in _nothing(bound))
    limit = keys.job.timeout
    for group in spec.groups if limit is not None else ():
        tasks = spec.tasks[group.start : group.stop]
        over = [task for task in tasks if task.timeout is not None and limit is not None and task.timeout > limit]
        if over:
            message = f"{title(over[0], len(over))} may run longer than its job may"
            hint = "raise job.timeout, or lower this one"
            yield finding("BS303", message, over[0].at("timeout"), f"{over[0].pointer}/timeout", hint)


def _nothing(bound: Bound) -> Iterator[Diagnostic]:
    for name in _LIMITS:
        length = bound.__dict__.get(name)  # only what was written
        if length is not None and not length:
            message, hint = f'"{name}" is zero, so nothing could run', "leave it out, or give it some time"
            yield finding("BS106", message, bound.at(name), f"{bound.pointer}/{name}", hint)
