"""What on_finish may ask for, and what is left of it."""

from __future__ import annotations

from batchspec.compiler.program import Finish
from tests.support.world import World

KEEP, ZERO, DELETE = Finish(), Finish("scale_to_zero"), Finish("delete", "delete")


def ended(world: World) -> tuple[list[str], list[str]]:
    """The pools and jobs that are left once all deleting is done."""
    world.clock.sleep(10.0)
    return list(world.batch.pools), list(world.batch.jobs)
