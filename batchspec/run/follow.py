"""What tasks print, shown while they print it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator, Iterable
from datetime import datetime
from functools import partial
from math import inf
from typing import TypeAlias

from batchspec.errors import Conflict, NotFound
from batchspec.ports import TaskView
from batchspec.run.context import Run
from batchspec.run.events import Event, Output, Waiting

AT_ONCE = 8  # tasks followed live; the others are shown whole when they end
STREAMS = ("stdout", "stderr")
_LONGEST = 64 * 1024  # characters; a line longer than this is shown in pieces
_TAIL = 8 * 1024  # bytes
_Attempt: TypeAlias = "tuple[int, datetime | None]"  # retries, and when it was started


class Lines:
    """Bytes in, whole lines of text out; a character or a line may come in any number of pieces."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def feed(self, data: bytes) -> str:
        """The lines that are whole now, b"" none."""
        text = self._rest + self._decoder.decode(data)
        end = len(text) if len(text) > _LONGEST else text.rfind("\n") + 1
        self._rest = text[end:]
        return text[:end]

    def end(self) -> str:
        """What is left when nothing more comes."""
        rest, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return rest


class _Stream:
    """One file of one attempt of a task."""

    def __init__(self, task_id: str, name: str) -> None:
        self.task_id = task_id
        self.name = name
        self.offset = 0
        self.lines = Lines()

    @property
    def path(self) -> str:
        return f"{self.name}.txt"

    def read(self, run: Run) -> Generator[Event, None, bool]:
        """Show one piece of what is new; whether there was any."""
        data = yield from _read(run, self.task_id, self.path, self.offset)
        self.offset += len(data)
        text = self.lines.feed(data)
        if text:
            yield Output(self.task_id, self.name, text)
        return bool(data)

    def drain(self, run: Run, size: float = inf) -> Generator[Event, None, None]:
        """Show all there is, or all of the first `size` bytes, and the unfinished line."""
        while self.offset < size and (yield from self.read(run)):
            pass
        rest = self.lines.end()
        if rest:
            yield Output(self.task_id, self.name, rest)


class Follower:
    """Follows tasks by offset; a task that is run again, whatever for, starts its files anew."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._streams: dict[str, tuple[_Attempt | None, tuple[_Stream, ...]]] = {}

    def poll(self, running: Iterable[TaskView]) -> Generator[Event, None, bool]:
        """Show what the first few running tasks have printed since; whether there was anything."""
        before = after = 0
        live = [view for view in running if view.state == "running"]
        for view in live[:AT_ONCE]:
            for stream in self._of(view):
                before += stream.offset
                yield from stream.read(self._run)
                after += stream.offset
        return before != after

    def finish(self, view: TaskView) -> Generator[Event, None, None]:
        """Show the rest of what a completed task has printed."""
        if view.node_id is not None or view.id in self._streams:
            for stream in self._of(view):
                yield from stream.drain(self._run)
        self._streams.pop(view.id, None)

    def show(self, view: TaskView) -> Generator[Event, None, None]:
        """Show what a running task has printed until now: it may print faster than we read."""
        for stream in self._of(view):
            size = yield from _size(self._run, view.id, stream.path)
            yield from stream.drain(self._run, size)

    def _of(self, view: TaskView) -> tuple[_Stream, ...]:
        known, streams = self._streams.get(view.id, (None, ()))
        # One that was ended while it waited to run again has no start: what it printed is of the run before.
        attempt = known if known and view.started is None else (view.retries, view.started)
        if attempt != known:
            streams = tuple(_Stream(view.id, name) for name in STREAMS)
            self._streams[view.id] = (attempt, streams)
        return streams


def last_lines(run: Run, what: str, read: Callable[[str], bytes], count: int = 15) -> Generator[Waiting, None, str]:
    """The end of what failed: of its stderr, or of its stdout when that is empty.

    read: the last bytes of a file, given its name.
    """
    for name in ("stderr.txt", "stdout.txt"):
        try:
            data = yield from run.retry.ask(f"{name} of {what}", partial(read, name))
        except (NotFound, Conflict):
            continue
        lines = data.decode("utf-8", errors="replace").rstrip().splitlines()
        if lines:
            return "\n".join(lines[-count:])
    return ""


def task_tail(run: Run, task_id: str) -> Generator[Waiting, None, str]:
    """The last lines that a task printed."""
    return last_lines(
        run,
        f"task {task_id}",
        lambda name: run.batch.read_task_file(run.job_id, task_id, name, -_TAIL),
    )


def node_tail(run: Run, node_id: str, folder: str) -> Generator[Waiting, None, str]:
    """The last lines that a start task or a job preparation task printed on a node."""
    return last_lines(
        run,
        f"node {node_id}",
        lambda name: run.batch.read_node_file(run.pool_id or "", node_id, f"{folder}/{name}", -_TAIL),
    )


def _read(run: Run, task_id: str, path: str, offset: int) -> Generator[Event, None, bytes]:
    try:
        return (
            yield from run.retry.ask(
                f"{path} of task {task_id}",
                lambda: run.batch.read_task_file(run.job_id, task_id, path, offset),
            )
        )
    except (NotFound, Conflict):
        return b""  # not written yet, or the node is gone


def _size(run: Run, task_id: str, path: str) -> Generator[Event, None, int]:
    try:
        return (
            yield from run.retry.ask(
                f"{path} of task {task_id}",
                lambda: run.batch.task_file_size(run.job_id, task_id, path),
            )
        )
    except (NotFound, Conflict):
        return 0  # as in _read
