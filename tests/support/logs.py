"""What three tasks have printed, on nodes and in storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from batchspec.compiler.program import Logs, Program
from batchspec.run import Options, apply, logs
from batchspec.run.events import Event, Output, TaskMoved
from tests.support.programs import program
from tests.support.world import World, of

MADE = replace(program({"a": [], "b": ["a"], "c": []}), logs=Logs.KEPT)
FOLDER = "outputs/demo-job/logs"


def stored(world: World, files: dict[str, str]) -> None:
    """Put what tasks printed into storage, as their nodes do when they end."""
    held = world.blobs.containers.setdefault("demo", {})
    held.update({f"{FOLDER}/{name}.txt": text.encode() for name, text in files.items()})


def shown(world: World, made: Program = MADE, names: Sequence[str] = (), **options: Any) -> list[Event]:
    """What `logs` tells."""
    return list(logs(made, world.batch, world.blobs, world.clock, names, **options))


def text(events: Sequence[Event]) -> dict[str, str]:
    """What is shown of each task's streams."""
    found: dict[str, str] = {}
    for event in of(events, Output):
        key = f"{event.task_id}/{event.stream}"
        found[key] = found.get(key, "") + event.text
    return found


def begin(world: World) -> None:
    """An apply of the three that is left once a task runs."""
    for event in apply(MADE, world.batch, world.blobs, world.clock, Options(follow=False)):
        if isinstance(event, TaskMoved):
            return
