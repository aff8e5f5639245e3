"""A service in memory as a place that a run can be followed at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from batchspec.api import Connection
from batchspec.library.place import Place
from batchspec.library.runs import Run
from tests.support.world import World


@dataclass(frozen=True)
class InMemory(Place):
    """The world is asked instead of a target."""

    world: World = field(default_factory=World, compare=False)
    stores: bool = True

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        world = self.world
        yield Connection("local", "a fake", world.blobs, world.clock, lambda _version: world.batch, self.stores)


def run_in(world: World, job_id: str = "demo", *, stores: bool = True) -> Run:
    """A run as `get_run` gives it."""
    return Run(InMemory("local", Path(), {}, world, stores), "local", job_id)
