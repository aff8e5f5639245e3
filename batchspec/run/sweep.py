"""What `batchspec.run.gc` has found goes, unless it has changed since: a human may have been asked in between."""

from __future__ import annotations

from collections.abc import Collection, Generator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from batchspec.errors import NotFound
from batchspec.ports import JobView, PoolView, ScheduleView
from batchspec.run.deleting import ask, await_gone
from batchspec.run.destroy import blobs_under, remove_blobs
from batchspec.run.events import Event, Kept, Removed
from batchspec.run.gc import OUTPUTS, Leftover
from batchspec.run.notes import forget
from batchspec.run.retry import Retry, retrying

if TYPE_CHECKING:
    from batchspec.ports import BatchPort, BlobPort, Clock

_CHANGED = "it has changed since we looked"


@dataclass(frozen=True)
class _World:
    batch: BatchPort
    blobs: BlobPort
    clock: Clock
    retry: Retry


def sweep(found: Collection[Leftover], batch: BatchPort, blobs: BlobPort, clock: Clock) -> Generator[Event, None, None]:
    """Delete what was found, unless it has changed since: all are asked to go before one is waited for."""
    world = _World(batch, blobs, clock, retrying(clock))
    asked: list[Leftover] = []
    for one in found:
        if one.kind == "outputs":
            yield from _remove_outputs(world, one)
        elif (yield from _asked(world, one)):
            asked.append(one)
    for one in asked:
        if (yield from await_gone(world, one.kind, one.name)):
            yield Removed(one.kind, one.name)
        else:
            yield Kept(one.kind, one.name, "it is still being deleted")


def _remove_outputs(world: _World, one: Leftover) -> Generator[Event, None, None]:
    container, _, prefix = one.name.partition("/")
    job_id = prefix[len(OUTPUTS) : -1]
    try:
        found = yield from blobs_under(world.blobs, world.retry, container, prefix)
    except NotFound:
        found = []
    if any(blob.modified is None or blob.modified > one.written for blob in found):
        yield Kept("blobs", one.name, _CHANGED)
    elif (yield from world.retry.ask(f"job {job_id}", partial(_is_there, world.batch, job_id))):
        yield Kept("blobs", one.name, f'job "{job_id}" is there now')
    else:
        yield from remove_blobs(world.blobs, world.retry, container, found)
        yield from forget(world.blobs, world.retry, container, job_id)
        yield Removed("blobs", one.name, len(found))


def _is_there(batch: BatchPort, job_id: str) -> bool:
    """A job, or the schedule that makes it."""
    for look in (batch.get_job, batch.get_schedule):
        with suppress(NotFound):
            look(job_id)
            return True
    return False


def _asked(world: _World, one: Leftover) -> Generator[Event, None, bool]:
    """Whether the service deletes it now. That a job uses a pool does not change the pool's ETag."""

    def stays(view: PoolView | JobView | ScheduleView) -> str | None:
        if view.state == "deleting":
            return None
        if view.etag != one.etag:
            return _CHANGED
        users = world.batch.list_jobs(one.name) if one.kind == "pool" else []
        return f'job "{users[0]}" uses it now' if users else None

    try:
        kept = yield from ask(world, one.kind, one.name, stays)
    except NotFound:
        kept = None  # it is gone
    if kept is not None:
        yield Kept(one.kind, one.name, kept)
    return kept is None
