"""What is live, as the spec that would make it: the service's JSON, to the text of one spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchspec.compiler import ends
from batchspec.compiler.layout import RUN
from batchspec.importing import bare, blobs
from batchspec.importing.assemble import Names, assemble
from batchspec.importing.documents import Document
from batchspec.importing.emit import emit
from batchspec.importing.hiding import hidden, used
from batchspec.importing.lasting import lasting
from batchspec.importing.links import Links
from batchspec.importing.rest import Imported
from batchspec.importing.stored import Stored, stored
from batchspec.importing.sugar import SUGAR
from batchspec.importing.tables import Reader
from batchspec.importing.taken import taken
from batchspec.importing.texts import Secrets
from batchspec.importing.told import Place, Told, suggestion
from batchspec.importing.untold import untold
from batchspec.ports import CONTAINER_KEY, OWNER_KEY, RUN_KEY, SECRETS_KEY
from batchspec.spec import durations
from batchspec.spec.model import Storage

Body = dict[str, Any]
_ORDER = ("batchspec", "name", "api_version", "storage", "logs", "pool", "job", "schedule", "tasks", "on_finish")
_CUT = (
    "{} link{} left without a signature: nodes read them only if they are public, or with the pool's identity; "
    "say files of this machine with path again"
)
_DOWNLOADS = "which outputs come home (download: true) the service does not know"


@dataclass(frozen=True)
class Live:
    """What the service tells: its JSON.

    tasks: the job's, or those that a manager of ours adds to each job of the schedule; None: it has another.
    identity: the resource id of the one that a schedule's manager signs in with. container: the URL of the one that
    its tasks go through.
    """

    pool: Mapping[str, Any] | None = None
    job: Mapping[str, Any] | None = None
    schedule: Mapping[str, Any] | None = None
    tasks: Sequence[Mapping[str, Any]] | None = ()
    identity: str | None = None
    container: str = ""

    @property
    def owner(self) -> str:
        """The name of the spec that made it, "" when none did: the mark of the work comes before the pool's."""
        return self._mark(OWNER_KEY)

    @property
    def container_name(self) -> str:
        """The name of the container that its files go through, "" when no mark tells it."""
        return self._mark(CONTAINER_KEY)

    @property
    def hidden(self) -> tuple[str, str]:
        """The marks of what came from the environment of its maker: of the pool, and of the work."""
        work = self.job if self.job is not None else self.schedule
        pool, others = (_mark(body, SECRETS_KEY) if body is not None else "" for body in (self.pool, work))
        return pool, others

    @property
    def run_of(self) -> str:
        """The id that the spec says of the job: of a rerun it is not its own."""
        return _mark(self.job or {}, RUN_KEY)

    def _mark(self, key: str) -> str:
        bodies = [one for one in (self.job, self.schedule, self.pool) if one is not None]
        return next((value for value in (_mark(body, key) for body in bodies) if value), "")


def owner_of(body: Mapping[str, Any]) -> str:
    """The name of the spec that made it, "" when none did."""
    return _mark(body, OWNER_KEY)


def _mark(body: Mapping[str, Any], key: str) -> str:
    return next((str(one["value"]) for one in body.get("metadata") or () if one["name"] == key), "")


class _Told(Told):
    """What a newer service has beside all that we know is left out, and told."""

    def unknown(self, place: Place, key: str, known: list[str]) -> None:
        self.notes.append(f'{place / key}: left out, since a spec has no "{key}"{suggestion(key, known)}')


def export(live: Live, name: str = "", secrets: Secrets | None = None) -> Imported:
    """The spec of what is live, with its secrets as variables and its links without signatures. Raises CannotImport."""
    told, secrets, links = _Told(), secrets or Secrets(), Links()
    pool, ending = _ending(bare.pool(live.pool)) if live.pool is not None else (None, None)
    short = links.bare({"pool": pool, **_work(live)})
    opened: set[str] = set()  # links of the schedule's own identity
    if live.identity:
        short = blobs.without_identity(short, live.identity, live.container, opened)
    pool, job, schedule = short["pool"] and untold(short["pool"]), short["job"], short["schedule"]
    job_id = str(job["id"]) if job is not None else f"{schedule['id']}:{RUN}" if schedule is not None else ""
    kept, tasks, manager = stored(job_id, short["tasks"], (job or {}).get("jobManagerTask"), live.container)
    kept.url = kept.url or blobs.container_of(links.cut, live.container_name)
    job = job if manager is None else {**job, "jobManagerTask": manager}
    if job is not None and live.run_of and name in ("", live.owner):  # under another name it is no run of that job
        job = {**job, "id": live.run_of}
    reader = Reader(told, secrets, SUGAR)
    if schedule is not None and live.tasks:
        spec = _managed(pool, schedule, tasks, live, Names(name or live.owner), reader)
    else:
        spec = assemble(list(_documents(pool, job, schedule, tasks)), Names(name or live.owner), reader)
    told.stop()
    told.read_only.clear()
    spec = blobs.named(_whole(spec, kept, ending, live), kept.url, links.cut | opened)
    if opened and live.identity:
        spec = blobs.with_identity(spec, live.identity, live.container)
    spec = hidden(spec, *live.hidden, secrets)
    ordered = {key: spec[key] for key in _ORDER if key in spec}
    notes = (*told.notes, *_notes(links.count(ordered), kept))
    text = emit(ordered)
    return Imported(text, notes, tuple(used(text, secrets.variables)))


def _work(live: Live) -> Body:
    """The request bodies of the job or the schedule, and of the tasks. Stored tasks are as they were asked for."""
    told = (live.job or {}).get("constraints") or {}
    stored_ones = live.schedule is not None
    return {
        "job": bare.job(live.job) if live.job is not None else None,
        "schedule": bare.schedule(live.schedule) if live.schedule is not None else None,
        "tasks": [
            dict(task) if stored_ones else bare.task(task, told.get("maxTaskRetryCount") or 0)
            for task in live.tasks or ()
        ],
    }


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


def _whole(spec: Body, kept: Stored, ending: ends.Ends | None, live: Live) -> Body:
    """With what the request bodies do not say by themselves."""
    made = {key: value for key, value in spec.items() if key != "logs"}
    told = [one for one in (live.job, *(live.tasks or ()), live.schedule) if one is not None]
    good = lasting(told, kept.url) if kept.url else None
    length = {"sas_lifetime": durations.show(good)} if good not in (None, Storage.sas_lifetime) else {}
    if kept.url and (length or kept.container != "batchspec"):
        made["storage"] = {"container": kept.container, **length}
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
