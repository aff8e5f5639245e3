"""What carries our mark, belongs to none of the specs given, and is past its lifetime.

    kind           is kept while                                    is past its lifetime
    job schedule   it makes jobs                                    when it has completed that long ago
    job            it has not completed                             when it has completed that long ago
    pool           a job uses it, or a node of it runs something    at its lifetime's end, or unused for that long
    outputs        their job is there                               when nothing was written to them for that long

Blobs carry no mark. Outputs are therefore only looked for in containers that are named, under `outputs/<job>/`, and
inputs are never taken for garbage: they are named by content, and which job still needs one cannot be known.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from batchspec.errors import NotFound
from batchspec.planning.jobs import DONE
from batchspec.ports import OWNER_KEY, JobView, PoolView, ScheduleView
from batchspec.run.moments import moment
from batchspec.run.retry import Retry, quietly, retrying

if TYPE_CHECKING:
    from batchspec.ports import BatchPort, BlobPort, Clock

WEEK = timedelta(days=7)
OUTPUTS = "outputs/"
_RERUN = re.compile("-[1-9][0-9]*$")
_EVER = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Keep:
    """What is not to be taken. specs: by their names; pools, jobs: that those specs name, whoever made them.

    pools, jobs: ids in lower case; of a job its reruns are kept with it, and of a job schedule the jobs that it made.
    """

    specs: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()
    jobs: frozenset[str] = frozenset()

    def has_job(self, job_id: str) -> bool:
        """Whether a job, or a job schedule, is one of these, or a run of one."""
        first = job_id.lower().partition(":")[0]
        return first in self.jobs or _RERUN.sub("", first) in self.jobs


@dataclass(frozen=True)
class Leftover:
    """Something past its lifetime. kind: job schedule, job, pool, outputs; spec: that made it, "" if not known.

    name: of outputs, `<container>/outputs/<job>/`; age: seconds since it was used; nodes: that it costs;
    etag, and of outputs when one of them was last written: as it was seen.
    """

    kind: str
    name: str
    spec: str
    why: str
    age: float
    nodes: int = 0
    vm_size: str = ""
    etag: str = field(default="", repr=False)
    written: datetime = field(default=_EVER, repr=False)


@dataclass(frozen=True)
class _World:
    batch: BatchPort
    blobs: BlobPort
    clock: Clock
    retry: Retry
    keep: Keep
    older: timedelta

    def age(self, since: datetime) -> float:
        return (self.clock.now() - since).total_seconds()

    def is_old(self, since: datetime) -> bool:
        return self.age(since) >= self.older.total_seconds()

    def is_garbage(self, view: PoolView | JobView | ScheduleView) -> bool:
        """Whether it is ours, belongs to no spec given and is not on its way already."""
        spec = view.metadata.get(OWNER_KEY)
        return spec is not None and spec not in self.keep.specs and view.state != "deleting"


def leftovers(
    batch: BatchPort,
    blobs: BlobPort,
    clock: Clock,
    keep: Keep,
    older: timedelta = WEEK,
    containers: Collection[str] = (),
) -> list[Leftover]:
    """Look for what is past its lifetime, in the order in which it can be deleted. Raises ServiceError."""
    world = _World(batch, blobs, clock, retrying(clock), keep, older)
    schedules = quietly(world.retry.ask("list job schedules", lambda: list(batch.list_schedules())))
    jobs = quietly(world.retry.ask("list jobs", lambda: list(batch.find_jobs())))
    pools = quietly(world.retry.ask("list pools", lambda: list(batch.list_pools())))
    return [
        *_schedules(world, schedules),
        *_jobs(world, jobs),
        *_pools(world, pools, jobs, schedules),
        *(found for container in containers for found in _outputs(world, container, jobs, schedules)),
    ]


def _schedules(world: _World, views: list[ScheduleView]) -> Iterator[Leftover]:
    for view in views:
        since = _moment(view.body.get("stateTransitionTime"))
        known = world.keep.has_job(view.id)
        if world.is_garbage(view) and not known and view.state == "completed" and world.is_old(since):
            yield _of("job schedule", view, "it has completed", world.age(since))


def _jobs(world: _World, views: list[JobView]) -> Iterator[Leftover]:
    for view in views:
        since = _ended(view)
        known = world.keep.has_job(view.id)
        if world.is_garbage(view) and not known and view.state == "completed" and world.is_old(since):
            reason = f" ({view.terminate_reason})" if view.terminate_reason else ""
            yield _of("job", view, f"it has completed{reason}", world.age(since))


def _pools(
    world: _World, views: list[PoolView], jobs: list[JobView], schedules: list[ScheduleView]
) -> Iterator[Leftover]:
    for view in views:
        if not world.is_garbage(view) or view.id.lower() in world.keep.pools or _is_used(view, jobs, schedules):
            continue
        since, end = _last_used(view, jobs), _end(view)
        over = end is not None and end <= world.clock.now()
        if (over or world.is_old(since)) and not _is_busy(world, view):
            why = "no job uses it" + (", and its lifetime is over" if over else "")
            size = str(view.body.get("vmSize") or "")
            yield _of("pool", view, why, world.age(since), view.current_nodes, size)


def _is_used(pool: PoolView, jobs: list[JobView], schedules: list[ScheduleView]) -> bool:
    named = [_pool_of(view.body.get("jobSpecification") or {}) for view in schedules if view.state != "completed"]
    named += [view.pool_id for view in jobs if view.state not in DONE]
    return any(pool_id.lower() == pool.id.lower() for pool_id in named)


def _pool_of(body: Any) -> str:
    return str((body.get("poolInfo") or {}).get("poolId") or "")


def _last_used(pool: PoolView, jobs: list[JobView]) -> datetime:
    """The latest that is known of it: when it was made or changed, and when jobs on it have ended."""
    own = [_moment(pool.body.get(key)) for key in ("creationTime", "lastModified", "allocationStateTransitionTime")]
    return max([*own, *(_ended(view) for view in jobs if view.pool_id.lower() == pool.id.lower())])


def _end(pool: PoolView) -> datetime | None:
    """The end of the lifetime that its spec gave it, which its formula tells."""
    from batchspec.compiler.ends import moments

    return moments(pool.body.get("autoScaleFormula")).end


def _is_busy(world: _World, pool: PoolView) -> bool:
    try:
        nodes = quietly(world.retry.ask(f"nodes of {pool.id}", lambda: world.batch.list_nodes(pool.id)))
    except NotFound:
        return True
    return any(node.state == "running" for node in nodes)


def _outputs(world: _World, container: str, jobs: list[JobView], schedules: list[ScheduleView]) -> Iterator[Leftover]:
    """Folders of jobs that are not there; how old a blob is only the storage knows."""
    try:
        blobs = quietly(world.retry.ask("list outputs", lambda: list(world.blobs.list_blobs(container, OUTPUTS))))
    except NotFound:
        return
    written: dict[str, datetime] = {}
    for blob in blobs:
        job_id, slash, _ = blob.name.removeprefix(OUTPUTS).partition("/")
        if slash:
            at = blob.modified or world.clock.now()  # not known: then it is not old
            written[job_id] = max(written.get(job_id, _EVER), at)
    there = {view.id.lower() for view in jobs} | {view.id.lower() for view in schedules}
    for job_id, since in written.items():
        if job_id.lower() not in there and not world.keep.has_job(job_id) and world.is_old(since):
            why = f'job "{job_id}" is not there'
            yield Leftover("outputs", f"{container}/{OUTPUTS}{job_id}/", "", why, world.age(since), written=since)


def _of(
    kind: str, view: PoolView | JobView | ScheduleView, why: str, age: float, nodes: int = 0, size: str = ""
) -> Leftover:
    return Leftover(kind, view.id, view.metadata[OWNER_KEY], why, age, nodes, size, view.etag)


def _ended(job: JobView) -> datetime:
    return _moment((job.body.get("executionInfo") or {}).get("endTime") or job.body.get("stateTransitionTime"))


def _moment(text: str | None) -> datetime:
    """A moment of the service; what is not told was long ago."""
    return moment(text) or _EVER
