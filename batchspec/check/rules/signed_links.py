"""BS407: the signed links in a job's tasks stay good for as long as the job can live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic
from batchspec.reading import Node
from batchspec.spec.build import Spec
from batchspec.spec.model import Input, Output, Storage


def check(spec: Spec) -> Iterator[Diagnostic]:
    """The links are signed once, when the job or its schedule is made."""
    job, storage, schedule = spec.keys.job, spec.keys.storage, spec.keys.schedule
    lifetime = storage.sas_lifetime if storage is not None else Storage.sas_lifetime
    if job is None or not lifetime or not _has_links(spec):
        return
    if schedule is not None and schedule.credential == "managed_identity":
        return  # the identity opens the container, and nothing is signed
    place: Node | None = None
    if schedule is not None and schedule.every is not None:
        lives = schedule.until - schedule.start if schedule.until is not None and schedule.start is not None else None
        if schedule.until is not None and (lives is None or lives <= lifetime):
            return
        what, place, pointer = "the schedule goes on", schedule.at("every"), f"{schedule.pointer}/every"
        if lives is not None:
            what = f"the schedule goes on for {_shown(lives)}"
        hint = "end it with schedule.until, raise storage.sas_lifetime, or apply the spec again before they end"
    elif job.timeout is not None and job.timeout > lifetime:
        what, place, pointer = f"the job may take {_shown(job.timeout)}", job.at("timeout"), f"{job.pointer}/timeout"
        hint = "raise storage.sas_lifetime, or lower job.timeout"
    if place is not None:
        if storage is not None and storage.has("sas_lifetime"):
            place, pointer = storage.at("sas_lifetime"), f"{storage.pointer}/sas_lifetime"
        message = f"{what}, and its links to inputs and outputs end after {_shown(lifetime)}"
        yield finding("BS407", message, place, pointer, hint)


def _has_links(spec: Spec) -> bool:
    """Whether anything goes through the spec's container: what tasks print does, unless the spec says otherwise."""
    job, logs = spec.keys.job, spec.keys.logs
    prints = bool(spec.tasks) or (job is not None and job.job_manager_task is not None)
    if prints and spec.keys.schedule is None and (logs is None or logs.persist):
        return True
    if job is not None and _local(job.inputs):
        return True
    manager = job.job_manager_task if job is not None else None
    if spec.keys.schedule is not None and spec.tasks and manager is None:
        return True  # the tasks themselves
    if any(_local(runs.inputs) for runs in spec.others()) or _kept(manager.outputs if manager is not None else ()):
        return True
    return any(_local(task.inputs) or _kept(task.outputs) for task, _ in spec.examples())


def _local(inputs: Iterable[Input]) -> bool:
    return any(
        item.path is not None or item.task is not None or (item.blob is not None and item.identity_reference is None)
        for item in inputs
    )


def _kept(outputs: Iterable[Output]) -> bool:
    return any(output.destination is None for output in outputs)


def _shown(length: timedelta) -> str:
    """As a spec writes it."""
    rest = int(length.total_seconds())
    made = ""
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        number, rest = divmod(rest, seconds)
        made += f"{number}{unit}" if number else ""
    return made or "0s"
