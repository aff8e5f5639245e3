"""Deleting: only what is still as it was seen goes, and as that takes the service a while it is waited for.

remove        looks, asks, waits; whoever deletes several at once asks for all of them first
ask           looks, and asks the service to delete what it saw, by its ETag; has that moved, it looks again
wait          waits until it is gone
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from batchspec.errors import Busy, Conflict, NotFound, PreconditionFailed
from batchspec.run.events import Event, Removing
from batchspec.run.within import awaiting

if TYPE_CHECKING:
    from batchspec.ports import BatchPort, Clock
    from batchspec.run.retry import Retry

T = TypeVar("T")

LOOKS = 10  # at what changes each time
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


def remove(run: Asker, kind: str, name: str, stays: Callable[[Any], T | None]) -> Generator[Event, None, T | None]:
    """Delete something and wait until it is gone; why it stays. stays: as `ask` has it. Raises Busy."""
    with suppress(NotFound):
        why = yield from ask(run, kind, name, stays)
        if why is not None:
            return why
        yield from wait(run, kind, name)
    return None


def ask(run: Asker, kind: str, name: str, stays: Callable[[Any], T | None]) -> Generator[Event, None, T | None]:
    """Ask the service to delete a pool, a job or a job schedule; why it stays, None when it goes.

    stays: tells from its view, also of what goes already, why it is left alone, or None. It may ask the service, and do
    what has to be done before.

    Raises NotFound, and PreconditionFailed when it has changed each time that we looked.
    """
    for more in reversed(range(LOOKS)):
        view, why = yield from seen(run, kind, name, stays)
        if why is not None:
            return why
        try:
            if view.state != "deleting":
                yield from _delete(run, kind, name, view.etag)
        except PreconditionFailed:
            if not more:
                raise
        else:
            break
    yield Removing(kind, name)
    return None


def seen(
    run: Asker, kind: str, name: str, stays: Callable[[Any], T | None]
) -> Generator[Event, None, tuple[Any, T | None]]:
    """The view of it, and why it stays, if it does. Raises NotFound."""

    def looked() -> tuple[Any, T | None]:
        view = look(run, kind, name)
        return view, stays(view)

    return (yield from run.retry.ask(f"{kind} {name}", looked))


def look(run: Asker, kind: str, name: str) -> Any:
    """The view of a pool, a job or a job schedule. Raises NotFound."""
    looks = {"pool": run.batch.get_pool, "job": run.batch.get_job, "job schedule": run.batch.get_schedule}
    return looks[kind](name)


def _delete(run: Asker, kind: str, name: str, etag: str) -> Generator[Event, None, None]:
    deletes = {"pool": run.batch.delete_pool, "job": run.batch.delete_job, "job schedule": run.batch.delete_schedule}
    # Where it goes already, it does so by our own request whose answer was lost, or by somebody else's.
    with suppress(NotFound):
        try:
            yield from run.retry.ask(f"delete {kind} {name}", lambda: deletes[kind](name, etag))
        except Conflict as error:
            if "BeingDeleted" not in error.code:
                raise


def wait(run: Asker, kind: str, name: str) -> Generator[Event, None, None]:
    """Until it is gone. Raises Busy when it takes over 10 minutes."""
    if not (yield from await_gone(run, kind, name)):
        raise Busy(f'{kind} "{name}" is still being deleted', "run the command again in a few minutes")


def await_gone(run: Asker, kind: str, name: str) -> Generator[Event, None, bool]:
    """Whether the pool, the job or the job schedule is gone, waiting for it; False when it takes over 10 minutes."""
    until, pause = run.clock.monotonic() + PATIENCE, 0.2
    while True:
        try:
            yield from run.retry.ask(f"{kind} {name}", lambda: look(run, kind, name))
        except NotFound:
            return True
        if run.clock.monotonic() >= until:
            return False
        with awaiting(f'{kind} "{name}" is still being deleted'):
            run.clock.sleep(pause)
        pause = min(5.0, pause * 1.5)
