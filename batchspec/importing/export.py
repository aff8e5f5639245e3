"""What is live, as the spec that would make it: the service's JSON, to the text of one spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchspec.compiler import ends
from batchspec.compiler.layout import RUN
from batchspec.importing import bare
from batchspec.importing.assemble import Names, assemble
from batchspec.importing.documents import Document
from batchspec.importing.emit import emit
from batchspec.importing.links import Links
from batchspec.importing.rest import Imported
from batchspec.importing.stored import Stored, stored
from batchspec.importing.sugar import SUGAR
from batchspec.importing.tables import Reader
from batchspec.importing.taken import taken
from batchspec.importing.texts import Secrets
from batchspec.importing.told import Place, Told, suggestion
from batchspec.importing.untold import untold
from batchspec.ports import OWNER_KEY
from batchspec.spec import durations

Body = dict[str, Any]
_ORDER = ("batchspec", "name", "api_version", "storage", "logs", "pool", "job", "schedule", "tasks", "on_finish")
_CUT = (
    "{} link{} left without a signature: nodes read them only if they are public, or with the pool's identity; "
    "say files of this machine with path again"
)
_DOWNLOADS = "which outputs come home (download: true) the service does not know"


@dataclass(frozen=True)
class Live:
    """What the service tells: its JSON. identity: the resource id of the one that a schedule's manager signs in with.

    tasks: the job's, or those that a manager of ours adds to each job of the schedule; None: it has another.
    """

    pool: Mapping[str, Any] | None = None
    job: Mapping[str, Any] | None = None
    schedule: Mapping[str, Any] | None = None
    tasks: Sequence[Mapping[str, Any]] | None = ()
    identity: str | None = None

    @property
    def owner(self) -> str:
        """The name of the spec that made it, "" when none did: the mark of the work comes before the pool's."""
        bodies = [one for one in (self.job, self.schedule, self.pool) if one is not None]
        return next((owner for owner in map(owner_of, bodies) if owner), "")


def owner_of(body: Mapping[str, Any]) -> str:
    """The name of the spec that made it, "" when none did."""
    return next((str(one["value"]) for one in body.get("metadata") or () if one["name"] == OWNER_KEY), "")


class _Told(Told):
    """What a newer service has beside all that we know is left out, and told."""

    def unknown(self, place: Place, key: str, known: list[str]) -> None:
        self.notes.append(f'{place / key}: left out, since a spec has no "{key}"{suggestion(key, known)}')


def export(live: Live, name: str = "", secrets: Secrets | None = None) -> Imported:
    """The spec of what is live, with its secrets as variables and its links without signatures. Raises CannotImport."""
    told, secrets, links = _Told(), secrets or Secrets(), Links()
    pool, job, tasks = _bodies(live)
    pool, ending = _ending(pool) if pool is not None else (None, None)
    manager = None if job is None else job.get("jobManagerTask")
    short = links.bare({"pool": pool, "tasks": tasks, "manager": manager})
    schedule = links.bare(bare.schedule(live.schedule)) if live.schedule is not None else None
    job_id = str(job["id"]) if job is not None else f"{schedule['id']}:{RUN}" if schedule is not None else ""
    kept, tasks, manager = stored(job_id, short["tasks"], short["manager"])
    job = links.bare(job) if manager is None or job is None else {**links.bare(job), "jobManagerTask": manager}
    reader = Reader(told, secrets, SUGAR)
    pool = short["pool"] and untold(short["pool"])
    if schedule is not None and live.tasks:
        spec = _managed(pool, schedule, tasks, live, Names(name or live.owner), reader)
    else:
        spec = assemble(list(_documents(pool, job, schedule, tasks)), Names(name or live.owner), reader)
    told.stop()
    told.read_only.clear()
    spec = _whole(spec, kept, ending)
    ordered = {key: spec[key] for key in _ORDER if key in spec}
    notes = (*told.notes, *_notes(links.count(ordered), kept))
    return Imported(emit(ordered), notes, tuple(secrets.variables))


def _bodies(live: Live) -> tuple[Body | None, Body | None, list[Body]]:
    job = bare.job(live.job) if live.job is not None else None
    told = (live.job or {}).get("constraints") or {}
    tasks = [bare.task(task, told.get("maxTaskRetryCount") or 0) for task in live.tasks or ()]
    return bare.pool(live.pool) if live.pool is not None else None, job, tasks


def _managed(
    pool: Body | None, schedule: Body, tasks: Sequence[Body], live: Live, names: Names, reader: Reader
) -> Body:
    """A schedule whose tasks a manager of ours adds: the spec has the tasks, and nothing of the manager."""
    specified = {key: value for key, value in schedule["jobSpecification"].items() if key != "jobManagerTask"}
    whole = list(_documents(pool, None, {**schedule, "jobSpecification": specified}, ()))
    made = assemble(whole, names, reader)
    job = {**specified, "id": schedule["id"]}
    works = assemble(list(_documents(pool, job, None, tasks)), names, Reader(reader.told, reader.secrets, SUGAR))
    signs: Body = {"credential": "account_key"}
    if live.identity:
        signs = {"credential": "managed_identity", "identity_reference": {"resource_id": live.identity}}
    return {**made, "job": works["job"], "schedule": {**made["schedule"], **signs}, "tasks": works["tasks"]}


def _documents(pool: Body | None, job: Body | None, schedule: Body | None, tasks: Sequence[Body]) -> Iterator[Document]:
    for kind, body in (("pool", pool), ("job", job), ("job schedule", schedule)):
        if body is not None:
            yield Document(kind, body, Place(f'{kind} "{body.get("id")}"'))
    for task in tasks:
        yield Document("task", task, Place(f'task "{task.get("id")}"'))


def _ending(pool: Body) -> tuple[Body, ends.Ends | None]:
    """The pool as it was before a formula of ours was put in place of its numbers, and what that formula says."""
    found = ends.read(pool.get("autoScaleFormula")) if pool.get("enableAutoScale") else None
    if found is None:
        return pool, None
    if found.own:
        return {**pool, "autoScaleFormula": found.own}, found
    drop = ("enableAutoScale", "autoScaleFormula", "autoScaleEvaluationInterval")
    made = {key: value for key, value in pool.items() if key not in drop}
    numbers = {"targetDedicatedNodes": found.dedicated, "targetLowPriorityNodes": found.spot}
    return {**made, **{key: count for key, count in numbers.items() if count}}, found


def _whole(spec: Body, kept: Stored, ending: ends.Ends | None) -> Body:
    """With what the request bodies do not say by themselves."""
    made = {key: value for key, value in spec.items() if key != "logs"}
    if kept.url and kept.container != "batchspec":
        made["storage"] = {"container": kept.container}
    if kept.logs is False:
        made["logs"] = {"persist": False}
    if "tasks" in made:
        made["tasks"] = taken(made["tasks"], kept)
    if ending is not None and ending.lifetime is not None:
        made["pool"] = {**made["pool"], "lifetime": durations.show(ending.lifetime)}
    if ending is not None and ending.idle:
        made["on_finish"] = {"pool": "scale_to_zero"}
    return made


def _notes(cut: int, kept: Stored) -> Iterator[str]:
    if cut:
        yield _CUT.format(cut, "s were" if cut > 1 else " was")
    if any(kept.kept.values()):
        yield _DOWNLOADS
