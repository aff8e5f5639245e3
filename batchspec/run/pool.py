"""The pool is there, ours and as the spec wants it: created, or reused."""

from __future__ import annotations

from collections.abc import Generator

from batchspec.run.context import Run
from batchspec.run.ensure import ensure
from batchspec.run.events import Event, PoolReady
from batchspec.run.report import Finding


def ready_pool(run: Run) -> Generator[Event, None, tuple[Finding, ...]]:
    """Create the pool, or find it as it shall be."""
    made, pool_id = run.program.pool, run.pool_id
    found = yield from ensure(
        run,
        "pool",
        made,
        get=lambda: run.batch.get_pool(pool_id),
        add=lambda: run.batch.add_pool(made.body),
    )
    if isinstance(found, Finding):
        return (found,)
    yield PoolReady(pool_id, created=found is None)
    return ()
