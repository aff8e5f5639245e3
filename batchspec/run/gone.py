"""Deleting takes the service a while: wait for it, with an end."""

from __future__ import annotations

from collections.abc import Generator

from batchspec.errors import NotFound
from batchspec.run.context import Run
from batchspec.run.events import Event, Removing

PATIENCE = 600.0  # seconds; the nodes of a pool take minutes to go


def await_gone(run: Run, kind: str, name: str) -> Generator[Event, None, bool]:
    """Whether the pool or the job is gone, waiting for it; False when it takes longer than 10 minutes."""
    yield Removing(kind, name)
    until, pause = run.clock.monotonic() + PATIENCE, 0.2
    while True:
        try:
            yield from run.retry.ask(
                f"{kind} {name}",
                lambda: run.batch.get_pool(name) if kind == "pool" else run.batch.get_job(name),
            )
        except NotFound:
            return True
        if run.clock.monotonic() >= until:
            return False
        run.clock.sleep(pause)
        pause = min(5.0, pause * 1.5)
