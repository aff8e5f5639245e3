"""What tasks print, shown while they print it."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from math import inf
from typing import TypeAlias

from batchspec.errors import Conflict, NotFound
from batchspec.ports import TaskView
from batchspec.run.context import Run
from batchspec.run.events import Event, Output
from batchspec.run.persisted import lost, read_kept, size_kept

AT_ONCE = 8  # tasks followed live; the others are shown whole when they end
STREAMS = ("stdout", "stderr")
_LONGEST = 64 * 1024  # characters; a line longer than this is shown in pieces
_TAIL = 8 * 1024  # bytes
_FURTHEST = 1024 * 1024  # bytes from the end that are searched for the last lines
_NEWLINE = ord("\n")

NEVER_RAN = "never ran"
PRINTED_NOTHING = "printed nothing"

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
    """One file of one attempt of a task: on its node, or in storage once the node does not have it any more."""

    def __init__(self, task_id: str, name: str, *, kept: bool = False) -> None:
        self.task_id = task_id
        self.name = name
        self.offset = 0
        self.begun = self.found = False
        self.kept = kept
        self.lines = Lines()

    def begin(self, run: Run, tail: int | None, *, over: bool) -> Generator[Event, None, None]:
        """Leave out all but the last `tail` lines of what is there now, as far as they are in the last MiB."""
        if not self.begun and tail is not None:
            size = yield from self.size(run, over=over)
            yield from self._to_the_last(run, tail, size, over=over)
        self.begun = True

    def size(self, run: Run, *, over: bool = False) -> Generator[Event, None, int]:
        """How many bytes there are. over: the task has ended, so that they may be in storage."""
        if not self.kept:
            size = yield from _size(run, self.task_id, f"{self.name}.txt")
            self.kept = size is None and over
            if not self.kept:
                return size or 0
        return (yield from size_kept(run, self.task_id, self.name))

    def read(self, run: Run, *, over: bool = False) -> Generator[Event, None, bool]:
        """Show one piece of what is new; whether there was any."""
        data = yield from self._bytes(run, self.offset, over=over)
        self.offset += len(data)
        text = self.lines.feed(data)
        if text:
            yield Output(self.task_id, self.name, text)
        return bool(data)

    def drain(self, run: Run, size: float = inf, *, over: bool = False) -> Generator[Event, None, None]:
        """Show all there is, or all of the first `size` bytes, and the unfinished line."""
        while self.offset < size and (yield from self.read(run, over=over)):
            pass
        rest = self.lines.end()
        if rest:
            yield Output(self.task_id, self.name, rest)

    def _bytes(self, run: Run, offset: int, *, over: bool) -> Generator[Event, None, bytes]:
        if not self.kept:
            data = yield from _read(run, self.task_id, f"{self.name}.txt", offset)
            self.found = self.found or data is not None
            # Of a task that runs, the file is not written yet.
            self.kept = data is None and over
            if not self.kept:
                return data or b""
        data = yield from read_kept(run, self.task_id, self.name, offset)
        self.found = self.found or data is not None
        return data or b""

    def _to_the_last(self, run: Run, tail: int, size: int, *, over: bool) -> Generator[Event, None, None]:
        want = _TAIL
        while True:
            start = max(0, size - want)
            data = b""
            while len(data) < size - start:
                piece = yield from self._bytes(run, start + len(data), over=over)
                if not piece:
                    break
                data += piece
            data = data[: size - start]
            ends = [at for at, byte in enumerate(data[:-1]) if byte == _NEWLINE]
            if len(ends) >= tail or start == 0 or want >= _FURTHEST:
                break
            want *= 8
        if len(ends) < tail:
            self.offset = start
        else:
            self.offset = start + (ends[-tail] + 1 if tail else len(data))


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
        self._streams: dict[str, tuple[_Attempt | None, tuple[_Stream, ...]]] = {}

    def poll(self, running: Iterable[TaskView]) -> Generator[Event, None, bool]:
        """Show what the first few running tasks have printed since; whether there was anything."""
        before = after = 0
        live = [view for view in running if view.state == "running"]
        for view in self._few(live):
            for stream in self._of(view):
                yield from stream.begin(self._run, self._tail, over=False)
                before += stream.offset
                yield from stream.read(self._run)
                after += stream.offset
        return before != after

    def finish(self, view: TaskView) -> Generator[Event, None, str]:
        """Show the rest of what a completed task has printed. Why there was nothing, "" when there was."""
        if view.node_id is None and view.id not in self._streams:
            return NEVER_RAN
        streams = self._of(view)
        yield from self._drain(streams)
        self._streams.pop(view.id, None)
        return self._nothing(streams)

    def show(self, view: TaskView) -> Generator[Event, None, str]:
        """Show what a running task has printed until now: it may print faster than we read. As `finish` does."""
        streams = self._of(view)
        for stream in streams:
            size = yield from stream.size(self._run)
            yield from stream.begin(self._run, self._tail, over=False)
            yield from stream.drain(self._run, size)
        return PRINTED_NOTHING if not any(stream.offset for stream in streams) else ""

    def kept(self, task_id: str) -> Generator[Event, None, str]:
        """Show the rest of what storage has of a task whose job is gone. As `finish` does."""
        _, streams = self._streams.pop(task_id, (None, ()))
        streams = streams or tuple(_Stream(task_id, name, kept=True) for name in self._names)
        for stream in streams:
            stream.kept = True
        yield from self._drain(streams)
        return self._nothing(streams)

    def _few(self, live: list[TaskView]) -> list[TaskView]:
        if not self._rotate or len(live) <= AT_ONCE:
            return live[:AT_ONCE]
        start, self._turn = self._turn % len(live), self._turn + AT_ONCE
        return (live + live)[start : start + AT_ONCE]

    def _drain(self, streams: Iterable[_Stream]) -> Generator[Event, None, None]:
        for stream in streams:
            yield from stream.begin(self._run, self._tail, over=True)
            yield from stream.drain(self._run, over=True)

    def _nothing(self, streams: Iterable[_Stream]) -> str:
        if any(stream.offset for stream in streams):
            return ""
        return PRINTED_NOTHING if any(stream.found for stream in streams) else lost(self._run)

    def _of(self, view: TaskView) -> tuple[_Stream, ...]:
        known, streams = self._streams.get(view.id, (None, ()))
        # One that was ended while it waited to run again has no start: what it printed is of the run before.
        attempt = known if known and view.started is None else (view.retries, view.started)
        if attempt != known:
            streams = tuple(_Stream(view.id, name) for name in self._names)
            self._streams[view.id] = (attempt, streams)
        return streams


def _read(run: Run, task_id: str, path: str, offset: int) -> Generator[Event, None, bytes | None]:
    """None when the file is not there: not written yet, or gone, perhaps with its node."""
    try:
        return (
            yield from run.retry.ask(
                f"{path} of task {task_id}",
                lambda: run.batch.read_task_file(run.job_id, task_id, path, offset),
            )
        )
    except (NotFound, Conflict):
        return None


def _size(run: Run, task_id: str, path: str) -> Generator[Event, None, int | None]:
    try:
        return (
            yield from run.retry.ask(
                f"{path} of task {task_id}",
                lambda: run.batch.task_file_size(run.job_id, task_id, path),
            )
        )
    except (NotFound, Conflict):
        return None  # as in _read
