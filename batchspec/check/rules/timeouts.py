"""BS303, BS106: a task's limit within its job's, and limits that let anything run at all."""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding, once, per_place, title
from batchspec.diag import Diagnostic
from batchspec.spec.build import Spec
from batchspec.spec.model import Job
from batchspec.spec.table import Bound

_LIMITS = ("timeout", "sas_lifetime")


def check(spec: Spec) -> Iterator[Diagnostic]:
    """A task that may run longer than its job would be killed by the job's limit instead."""
    job = spec.keys.job
    beside = (spec.keys.storage, job, *spec.others())
    yield from once(found for bound in beside if bound is not None for found in _nothing(bound))
    if job is not None and job.timeout is not None:
        yield from _beside_tasks(job)
    yield from per_place(_tasks(spec))


def _tasks(spec: Spec) -> Iterator[Diagnostic]:
    limit = spec.keys.job.timeout if spec.keys.job is not None else None
    for group in spec.groups:
        if not group or not spec.tasks[group.start].has("timeout"):
            continue
        tasks = spec.tasks[group.start : group.stop]
        yield from once(found for task in tasks for found in _nothing(task))
        over = [task for task in tasks if limit is not None and task.timeout is not None and task.timeout > limit]
        if over:
            message = f"{title(over[0], len(over))} may run longer than its job may"
            hint = "raise job.timeout, or lower this one"
            yield finding("BS303", message, over[0].at("timeout"), f"{over[0].pointer}/timeout", hint)


def _beside_tasks(job: Job) -> Iterator[Diagnostic]:
    """The release task is not there: it runs when the job has ended."""
    for one, name in ((job.prepare, "the preparation task"), (job.job_manager_task, "the job manager")):
        if one is not None and one.timeout is not None and job.timeout is not None and one.timeout > job.timeout:
            hint = "raise job.timeout, or lower this one"
            yield finding(
                "BS303", f"{name} may run longer than its job may", one.at("timeout"), f"{one.pointer}/timeout", hint
            )


def _nothing(bound: Bound) -> Iterator[Diagnostic]:
    for name in _LIMITS:
        length = bound.__dict__.get(name)  # only what was written
        if length is not None and not length:
            message, hint = f'"{name}" is zero, so nothing could run', "leave it out, or give it some time"
            yield finding("BS106", message, bound.at(name), f"{bound.pointer}/{name}", hint)
