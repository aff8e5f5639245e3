"""Deleting takes the service a while: wait for it, with an end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from batchspec.errors import Conflict, NotFound, PreconditionFailed
from batchspec.run.events import Event, Removing

if TYPE_CHECKING:
    from batchspec.ports import BatchPort, Clock
    from batchspec.run.retry import Retry

PATIENCE = 600.0  # seconds; the nodes of a pool take minutes to go


class Asker(Protocol):
    """What it takes to ask and to wait: a run has it."""

    @property
    def batch(self) -> BatchPort:
        """The service."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def retry(self) -> Retry:
        """The policy."""
        ...


def await_gone(run: Asker, kind: str, name: str) -> Generator[Event, None, bool]:
    """Whether the pool, the job or the job schedule is gone, waiting for it; False when it takes over 10 minutes."""
    yield Removing(kind, name)
    until, pause = run.clock.monotonic() + PATIENCE, 0.2
    while True:
        try:
            yield from run.retry.ask(f"{kind} {name}", lambda: look(run, kind, name))
        except NotFound:
            return True
        if run.clock.monotonic() >= until:
            return False
        run.clock.sleep(pause)
        pause = min(5.0, pause * 1.5)


def look(run: Asker, kind: str, name: str) -> Any:
    """The view of a pool, a job or a job schedule. Raises NotFound."""
    looks = {"pool": run.batch.get_pool, "job": run.batch.get_job, "job schedule": run.batch.get_schedule}
    return looks[kind](name)


def delete(run: Asker, kind: str, name: str, etag: str | None) -> Generator[Event, None, None]:
    """Ask the service to delete what is still as it was seen; what is gone need not be. Raises PreconditionFailed."""
    deletes = {"pool": run.batch.delete_pool, "job": run.batch.delete_job, "job schedule": run.batch.delete_schedule}
    # Where it goes already, it does so by our own request whose answer was lost, or by somebody else's.
    with suppress(NotFound):
        try:
            yield from run.retry.ask(f"delete {kind} {name}", lambda: deletes[kind](name, etag))
        except PreconditionFailed:
            view = yield from run.retry.ask(f"{kind} {name}", lambda: look(run, kind, name))
            if view.state != "deleting":
                raise
        except Conflict as error:
            if "BeingDeleted" not in error.code:
                raise
