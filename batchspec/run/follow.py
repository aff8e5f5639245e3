"""What tasks print, shown while they print it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from batchspec.ports import TaskView
from batchspec.run.context import Run
from batchspec.run.crew import Done
from batchspec.run.events import Event
from batchspec.run.in_order import in_order
from batchspec.run.persisted import Away, lost
from batchspec.run.streams import Stream

AT_ONCE = 8  # tasks followed live; the others are shown whole when they end
WORKERS = 16  # tasks that are read from at a time
STREAMS = ("stdout", "stderr")
_FEW = 20  # tasks for which not all that storage has of their job is listed

NEVER_RAN = "never ran"
PRINTED_NOTHING = "printed nothing"

_Attempt: TypeAlias = "tuple[int, datetime | None]"  # retries, and when it was started
_Streams: TypeAlias = "tuple[Stream, ...]"
_Task: TypeAlias = "tuple[str, str | None, _Streams]"  # its id, and its node's


class Follower:
    """Follows tasks by offset; a task that is run again, whatever for, starts its files anew.

    names: the streams that are shown; tail: only so many of the last lines of each; rotate: of many running tasks
    all have their turn, a few at a time.
    """

    def __init__(
        self, run: Run, names: Sequence[str] = STREAMS, *, tail: int | None = None, rotate: bool = False
    ) -> None:
        self._run = run
        self._names = tuple(names)
        self._tail = tail
        self._rotate = rotate
        self._turn = 0
        self._streams: dict[str, tuple[_Attempt | None, _Streams]] = {}

    def poll(self, running: Iterable[TaskView]) -> Generator[Event, None, bool]:
        """Show what the first few running tasks have printed since; whether there was anything."""
        moved = False
        live = [view for view in running if view.state == "running"]
        for step in self._fetched(((view.id, view.node_id, self._of(view)) for view in self._few(live)), over=False):
            if not isinstance(step, Done):
                yield step
                continue
            for stream in step.item[2]:
                before = stream.offset
                yield from stream.read()
                moved = moved or stream.offset != before
        return moved

    def finish(self, views: Sequence[TaskView]) -> Generator[Event, None, dict[str, str]]:
        """Show the rest of what completed tasks have printed, in their order.

        Why there was nothing, by the ids of those of which there was nothing.
        """
        never = {view.id: NEVER_RAN for view in views if view.node_id is None and view.id not in self._streams}
        ran = ((view.id, view.node_id, self._of(view)) for view in views if view.id not in never)
        away = Away(self._run) if len(views) > _FEW else None
        return never | (yield from self._drained(ran, away, over=True))

    def show(self, views: Sequence[TaskView]) -> Generator[Event, None, dict[str, str]]:
        """Show what running tasks have printed until now. As `finish` does."""
        return (yield from self._drained(((view.id, view.node_id, self._of(view)) for view in views), over=False))

    def kept(self, task_ids: Sequence[str], sizes: Mapping[str, int]) -> Generator[Event, None, dict[str, str]]:
        """Show the rest of what storage has of tasks whose job is gone; sizes by task/stream.txt. As `finish` does."""
        return (yield from self._drained(((one, None, self._of_stored(one, sizes)) for one in task_ids), over=True))

    def _fetched(
        self, tasks: Iterable[_Task], away: Away | None = None, *, over: bool
    ) -> Iterator[Done[_Task, None] | Event]:
        """The tasks in turn, each with the next piece of all its streams at hand."""

        def fetch(task: _Task) -> None:
            task_id, node_id, streams = task
            sizes = [away.size(node_id, task_id, stream.name) for stream in streams] if away is not None else [None]
            if None not in sizes:
                for stream, size in zip(streams, sizes, strict=True):
                    stream.store(size)
            gone = False
            for stream in streams:
                stream.kept = stream.kept or gone
                stream.fetch(self._run, self._tail, over=over)
                gone = gone or stream.gone
            if gone and away is not None:
                away.nodes.add(node_id)

        return in_order(tasks, fetch, lambda task: f"what task {task[0]} has printed", self._run.retry, WORKERS)

    def _drained(
        self, tasks: Iterable[_Task], away: Away | None = None, *, over: bool
    ) -> Generator[Event, None, dict[str, str]]:
        silent = {}
        for step in self._fetched(tasks, away, over=over):
            if not isinstance(step, Done):
                yield step
                continue
            task_id, _, streams = step.item
            for stream in streams:
                yield from stream.drain(self._run, over=over)
            self._streams.pop(task_id, None)
            if not any(stream.offset for stream in streams):
                found = not over or any(stream.found for stream in streams)
                silent[task_id] = PRINTED_NOTHING if found else lost(self._run)
        return silent

    def _few(self, live: list[TaskView]) -> list[TaskView]:
        if not self._rotate or len(live) <= AT_ONCE:
            return live[:AT_ONCE]
        start, self._turn = self._turn % len(live), self._turn + AT_ONCE
        return (live + live)[start : start + AT_ONCE]

    def _of(self, view: TaskView) -> _Streams:
        known, streams = self._streams.get(view.id, (None, ()))
        # One that was ended while it waited to run again has no start: what it printed is of the run before.
        attempt = known if known and view.started is None else (view.retries, view.started)
        if attempt != known:
            streams = tuple(Stream(view.id, name) for name in self._names)
            self._streams[view.id] = (attempt, streams)
        return streams

    def _of_stored(self, task_id: str, sizes: Mapping[str, int]) -> _Streams:
        _, streams = self._streams.get(task_id, (None, ()))
        streams = streams or tuple(Stream(task_id, name) for name in self._names)
        for stream in streams:
            stream.store(sizes.get(f"{task_id}/{stream.name}.txt"))
        return streams
