"""Nodes whose start task has failed, once more: it may have been mended since, or have failed for a passing reason.

A start task runs on each node that joins the pool or restarts, so a node that is there runs it anew only after a
restart (https://learn.microsoft.com/rest/api/batchservice/pools/update-pool). The reference of the restart speaks of
nodes that are idle or running (https://learn.microsoft.com/rest/api/batchservice/nodes/reboot-node); whether the
service takes one whose start task failed is up to it, and a refusal is told.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial

from batchspec.errors import Conflict, NotFound
from batchspec.run.context import Run
from batchspec.run.events import Event, Kept, Updated


def reboot(run: Run, pool_id: str, nodes: Sequence[str]) -> Generator[Event, None, None]:
    """Restart nodes of a pool, without waiting for them. Raises ServiceError."""
    done = 0
    for node in nodes:
        try:
            yield from run.retry.ask(f"restart node {node}", partial(run.batch.reboot_node, pool_id, node))
        except NotFound:
            continue
        except Conflict as error:
            if "BeingRebooted" not in error.code:  # ours, whose answer was lost
                yield Kept("node", node, f"the service does not restart it: {error.message.strip().rstrip('.')}")
                continue
        done += 1
    if done:
        nodes = f"{done:,} node{'s' * (done != 1)} whose start task had failed"
        yield Updated("pool", pool_id, f"{nodes} restart{'s' * (done == 1)}")
