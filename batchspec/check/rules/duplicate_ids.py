"""BS201: the service compares ids without regard to case, so two tasks may not differ by case alone.

The job's preparation, release and manager tasks have ids among the others; the first two also when none is written
(the REST document of their ids: jobpreparation and jobrelease).
"""

from __future__ import annotations

from collections.abc import Iterator

from batchspec.check.rule import finding
from batchspec.diag import Diagnostic, Related
from batchspec.reading import Node
from batchspec.spec.build import Spec
from batchspec.spec.model import Job, Task


def check(spec: Spec) -> Iterator[Diagnostic]:
    """One finding for each template whose tasks clash with earlier ones."""
    taken: dict[str, tuple[str, Node]] = {}
    for id_, name, node, pointer in _of_the_job(spec.keys.job) if spec.keys.job is not None else ():
        if id_.lower() in taken:
            other, place = taken[id_.lower()]
            message, hint = f'the id "{id_}" is that of {other}, too', "give one of them another id"
            yield finding("BS201", message, node, pointer, hint, (Related(other, place.span),))
        taken.setdefault(id_.lower(), (name, node))
    first: dict[str, int] = {}
    for group in spec.groups:
        clash: tuple[Task, Task] | None = None
        for at, task in enumerate(spec.tasks[group.start : group.stop], group.start):
            earlier = first.setdefault(task.id.lower(), at)
            if earlier != at:  # not by the task: those of a template that names no axis are one object
                clash = clash or (task, spec.tasks[earlier])
        if clash:
            yield _finding(*clash)
    for id_, (name, node) in taken.items():
        if id_ in first:
            task = spec.tasks[first[id_]]
            message, hint = f'the id "{task.id}" is that of {name}, too', "give one of them another id"
            related = (Related(name, node.span),)
            yield finding("BS201", message, task.at("id"), f"{task.pointer}/id", hint, related)


def _of_the_job(job: Job) -> Iterator[tuple[str, str, Node, str]]:
    """The id of each, what it is, and the place of its id, or of itself."""
    for one, key, name, default in (
        (job.prepare, "prepare", "the preparation task", "jobpreparation"),
        (job.release, "release", "the release task", "jobrelease"),
        (job.job_manager_task, "job_manager_task", "the job manager", ""),
    ):
        if one is not None:
            node: Node = one.at("id") if one.has("id") else job.node.keys[key]
            yield one.id or default, name, node, f"{one.pointer}/id"


def _finding(task: Task, earlier: Task) -> Diagnostic:
    within = task.pointer == earlier.pointer
    hint = "let the id speak of every axis of the matrix" if within else "give it another id"
    related = () if within else (Related("first defined here", earlier.at("id").span),)
    message = f'two tasks have the id "{task.id}"'
    if task.id != earlier.id:
        message = f'the ids "{earlier.id}" and "{task.id}" differ by case alone'
    return finding("BS201", message, task.at("id"), f"{task.pointer}/id", hint, related)
