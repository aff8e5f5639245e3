"""Another size for a pool. The service takes it only while the size is steady."""

from __future__ import annotations

from collections.abc import Generator

from batchspec.errors import Conflict
from batchspec.run.context import Run
from batchspec.run.events import Event, PoolResizing

PATIENCE = 600.0  # seconds; nodes take minutes to come and to go
_ODD = 3  # refusals of a pool that looks as if it could be resized


def resize(run: Run, pool_id: str, dedicated: int, spot: int) -> Generator[Event, None, None]:
    """Ask for so many nodes, once the pool is no longer being resized; do not wait for them.

    Raises ServiceError: NotFound, and Conflict when it goes on being resized.
    """
    yield PoolResizing(pool_id, dedicated + spot)
    until, pause, odd = run.clock.monotonic() + PATIENCE, 0.2, 0
    while True:
        try:
            yield from run.retry.ask(f"resize pool {pool_id}", lambda: run.batch.resize_pool(pool_id, dedicated, spot))
        except Conflict:
            view = yield from run.retry.ask(f"pool {pool_id}", lambda: run.batch.get_pool(pool_id))
            if view.target_nodes == dedicated + spot and view.allocation != "stopping":
                return  # ours, whose answer was lost, or another apply's
            odd += view.allocation == "steady"
            if odd == _ODD or view.state == "deleting" or run.clock.monotonic() >= until:
                raise
        else:
            return
        run.clock.sleep(pause)
        pause = min(5.0, pause * 1.5)
