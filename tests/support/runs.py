"""A small job in memory that was started and is not watched."""

from __future__ import annotations

from batchspec.run import Options
from tests.support.fakes import Behaviour
from tests.support.project import HEAD, Project
from tests.support.world import World

TASKS = """\
tasks:
  - {id: a, command: /bin/true, outputs: [{path: out.txt}]}
  - {id: b, name: group, depends_on: [a], command: /bin/true}
  - {id: c, command: /bin/true}
"""
JOB = HEAD + TASKS


def started(project: Project, text: str = JOB, behaviours: dict[str, Behaviour] | None = None) -> World:
    """A world in which it was submitted."""
    world = World(behaviours)
    world.apply(project.program(text), Options(wait=False))
    return world


def at_the_end(world: World) -> None:
    """Time passes, until all has ended that does."""
    for _ in range(100):
        world.clock.sleep(10.0)
