"""Documents to one spec: one pool, one job or job schedule, and the job's tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from batchspec.errors import UsageError
from batchspec.importing.documents import KINDS, Document
from batchspec.importing.fields import Fields
from batchspec.importing.tables import Reader
from batchspec.importing.told import Told
from batchspec.spec import model
from batchspec.spec.model import ID
from batchspec.spec.model.pool import NEW, OLD

_ID = re.compile(ID.pattern or "")


@dataclass(frozen=True)
class Names:
    """Names that the JSON does not say; "" leaves them to us."""

    spec: str = ""
    pool: str = ""
    job: str = ""


def assemble(documents: Sequence[Document], names: Names, reader: Reader) -> dict[str, Any]:
    """The spec as plain values, in the order of its keys. Problems go to the reader's told."""
    told = reader.told
    by_kind = {kind: [one for one in documents if one.kind == kind] for kind in KINDS}
    _one_spec(by_kind, told)
    tables = {
        kind: [_table(one, reader) for one in by_kind[kind][: None if kind == "task" else 1]]
        for kind in ("pool", "job", "task")
    }
    pool, job = (next(iter(tables[kind]), None) for kind in ("pool", "job"))
    tasks, schedule = tables["task"], None
    for one in by_kind["job schedule"][:1]:
        schedule, job = _schedule(one, reader)
    name = _name(names, pool, job, documents)
    if job is None and tasks:
        job = {"id": names.job or name}
        told.notes.append(f'the tasks come without a job; theirs is called "{job["id"]}"')
        if any(_acts_on_job(task.get("exit_conditions")) for task in tasks):
            job["on_task_failure"] = "performexitoptionsjobaction"
        if pool is None:
            job["pool_info"] = {"pool_id": names.pool or name}
            told.notes.append(f'the job runs on the pool "{names.pool or name}", which has to be there')
    elif job is not None:
        _fit(job, pool, tasks, told)
    _references(tasks, told)
    version = {"api_version": OLD} if _version(told) == OLD else {}
    # The document says itself what is kept of its tasks, and has to come out as it went in.
    logs = {"persist": False} if job is not None else None
    sections = {"logs": logs, "pool": pool, "job": job, "schedule": schedule, "tasks": tasks or None}
    made = {key: section for key, section in sections.items() if section is not None}
    return {"batchspec": "v1", "name": name, **version, **made}


def _one_spec(by_kind: dict[str, list[Document]], told: Told) -> None:
    for kind in ("pool", "job", "job schedule"):
        for other in by_kind[kind][1:]:
            told.problem(other.place, f"a spec has one {kind}, and {by_kind[kind][0].place} is one already")
    schedules = by_kind["job schedule"]
    if schedules:
        for other in by_kind["job"]:
            told.problem(other.place, f"a spec has a job or a job schedule, and {schedules[0].place} is a job schedule")
        for other in by_kind["task"][:1]:
            message = "the tasks of a job schedule's jobs come from its job manager, and cannot stand in a spec"
            told.problem(other.place, message)
    seen: dict[str, Document] = {}
    for task in by_kind["task"]:
        first = seen.setdefault(_id(task).lower(), task)
        if first is not task and _id(task):
            told.problem(task.place, f'the id "{_id(task)}" is that of the task at {first.place}, too')


def _id(document: Document) -> str:
    id_ = document.members.get("id")
    return id_ if isinstance(id_, str) else ""


def _table(document: Document, reader: Reader) -> dict[str, Any]:
    tables = {"pool": model.Pool, "job": model.Job, "task": model.Task}
    return reader.table(tables[document.kind], _fields(document, reader))


def _fields(document: Document, reader: Reader) -> Fields:
    label = (_id(document) if document.kind == "task" else document.kind,)
    return Fields(KINDS[document.kind], document.members, document.place, reader.told, label)


def _schedule(document: Document, reader: Reader) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schedule, and the job that it makes; the job's id is the schedule's."""
    fields = _fields(document, reader)
    id_, specified = fields.take("id"), fields.inside("job_specification")
    job = reader.table(model.Job, specified) if specified is not None else {}
    given = {"id": reader.value(ID, id_)} if id_ is not None else {}
    fields.inside("schedule")
    return reader.table(model.Schedule, fields), {**given, **job}


def _acts_on_job(conditions: Any) -> bool:
    """Whether exit conditions have a job action, which the service takes only where the job allows it."""
    inner = conditions.values() if isinstance(conditions, dict) else conditions if isinstance(conditions, list) else ()
    return (isinstance(conditions, dict) and "job_action" in conditions) or any(map(_acts_on_job, inner))


def _fit(job: dict[str, Any], pool: dict[str, Any] | None, tasks: list[dict[str, Any]], told: Told) -> None:
    """Leave out of the job what the spec says by itself."""
    if pool is not None and job.get("pool_info") == {"pool_id": pool.get("id")}:
        del job["pool_info"]
    elif pool is not None and "pool_info" not in job:
        told.notes.append("the job names no pool; it runs on the spec's")
    if any("depends_on" in task for task in tasks):
        if job.get("uses_task_dependencies") is True:
            del job["uses_task_dependencies"]
        elif "uses_task_dependencies" not in job:
            told.notes.append("the job does not say usesTaskDependencies, which its tasks need; the spec's job does")


def _references(tasks: list[dict[str, Any]], told: Told) -> None:
    """Tell of ids that tasks wait for and that are not here."""
    ids = {task.get("id") for task in tasks}
    names = {task.get("name") for task in tasks} - {None}
    missing: dict[str, None] = {}
    for task in tasks:
        for reference in task.get("depends_on", ()):
            if isinstance(reference, str) and reference not in ids:
                missing[reference] = None
    for reference in missing.keys() & names:
        what = "which no task here has; in a spec it would mean the tasks of that name"
        told.problems.append(f'a task waits for the id "{reference}", {what}')
    if missing:
        listed = ", ".join(missing)
        told.notes.append(f"tasks wait for others that are in none of the files: {listed}; import them together")


def _version(told: Told) -> str:
    """The API version that has all that is there."""
    if OLD in told.versions and NEW in told.versions:
        place = told.versions[NEW]
        told.problem(place, f"only API {NEW} has this, and only {OLD} has what stands at {told.versions[OLD]}")
    return OLD if OLD in told.versions else NEW


def _name(names: Names, *tables: Any) -> str:
    for name in (names.spec, names.pool, names.job):
        if name and (_ID.fullmatch(name) is None or len(name) > (ID.longest or 0)):
            raise UsageError(f'"{name}" is no name', f"it needs {ID.form}")
    *sections, documents = tables
    ids = [names.spec, *(section.get("id") for section in reversed(sections) if section), names.job]
    for name in ids:
        if isinstance(name, str) and _ID.fullmatch(name) and len(name) <= (ID.longest or 0):
            return name
    stem = PurePath(documents[0].place.file).stem if documents else ""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem)[:64].strip("-") or "imported"
