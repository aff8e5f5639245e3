"""What tasks have printed, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from batchspec.run.events import Event, Output


@dataclass(frozen=True)
class TaskLog:
    """What a task has printed until now."""

    stdout: str = ""
    stderr: str = ""


def printed(events: Iterable[Event]) -> dict[str, TaskLog]:
    """The outputs among events, by task; a task that printed nothing is not there."""
    pieces: dict[str, dict[str, list[str]]] = {}
    for event in events:
        if isinstance(event, Output):
            pieces.setdefault(event.task_id, {}).setdefault(event.stream, []).append(event.text)
    return {
        task_id: TaskLog(**{stream: "".join(texts) for stream, texts in streams.items()})
        for task_id, streams in pieces.items()
    }
