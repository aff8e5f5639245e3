"""What tasks print, shown while they print it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias, TypeVar

from batchspec.errors import Conflict, NotFound
from batchspec.ports import PIECE, TaskView
from batchspec.run.ahead import in_order
from batchspec.run.context import Run
from batchspec.run.crew import Done
from batchspec.run.events import Event, Output
from batchspec.run.persisted import lost, read_kept, size_kept

AT_ONCE = 8  # tasks followed live; the others are shown whole when they end
WORKERS = 16  # tasks that are read from at a time
STREAMS = ("stdout", "stderr")
_LONGEST = 64 * 1024  # characters; a line longer than this is shown in pieces
_TAIL = 8 * 1024  # bytes
_FURTHEST = 1024 * 1024  # bytes from the end that are searched for the last lines
_NEWLINE = ord("\n")

T = TypeVar("T")

NEVER_RAN = "never ran"
PRINTED_NOTHING = "printed nothing"

_Attempt: TypeAlias = "tuple[int, datetime | None]"  # retries, and when it was started
_Streams: TypeAlias = "tuple[_Stream, ...]"
_Task: TypeAlias = "tuple[str, _Streams]"


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
    """One file of one attempt of a task: on its node, or in storage once the node does not have it any more.

    size: of one that is known to be in storage only.
    """

    def __init__(self, task_id: str, name: str, *, size: int | None = None) -> None:
        self.task_id = task_id
        self.name = name
        self.offset = 0
        self.kept = self.found = size is not None
        self.gone = False  # all that the task has left on its node
        self._kept_size = size
        self._begun = False
        self._next = b"" if size == 0 else None  # the next piece, once it is fetched
        self._lines = Lines()

    def fetch(self, run: Run, tail: int | None, *, over: bool) -> None:
        """Have the next piece at hand; of the first leave out all but the last `tail` lines.

        over: the task has ended, so that its files may be in storage.
        """
        if self._next is not None:
            return
        if self._begun or tail is None:
            self._next = self._bytes(run, self.offset, over=over)
        else:
            self.offset, self._next = self._last(run, tail, over=over)
        self._begun = True

    def read(self) -> Generator[Event, None, bool]:
        """Show the piece that was fetched; whether there may be more."""
        data, self._next = self._next or b"", None
        self.offset += len(data)
        text = self._lines.feed(data)
        if text:
            yield Output(self.task_id, self.name, text)
        return len(data) >= PIECE

    def drain(self, run: Run, *, over: bool) -> Generator[Event, None, None]:
        """Show all that there is now, and the unfinished line. One that runs may print faster than we read."""
        more, what = (yield from self.read()), f"{self.name}.txt of task {self.task_id}"
        size = (yield from run.retry.ask(what, partial(self._size, run, over=over))) if more else 0
        while more and self.offset < size:
            yield from run.retry.ask(what, partial(self.fetch, run, None, over=over))
            more = yield from self.read()
        rest = self._lines.end()
        if rest:
            yield Output(self.task_id, self.name, rest)

    def _size(self, run: Run, *, over: bool) -> int:
        size = self._kept_size
        if not self.kept:
            size = self._on_node(run.batch.task_file_size, run, over=over)
        if self.kept and size is None:
            size = size_kept(run, self.task_id, self.name)
        self.found = self.found or size is not None
        return size or 0

    def _bytes(self, run: Run, offset: int, *, over: bool) -> bytes:
        data = None
        if not self.kept:
            data = self._on_node(partial(run.batch.read_task_file, offset=offset), run, over=over)
        if self.kept:
            data = read_kept(run, self.task_id, self.name, offset)
        self.found = self.found or data is not None
        return data or b""

    def _on_node(self, request: Callable[[str, str, str], T], run: Run, *, over: bool) -> T | None:
        """None when the file is not there: not written yet, or gone, perhaps with its node."""
        try:
            return request(run.job_id, self.task_id, f"{self.name}.txt")
        except (NotFound, Conflict) as error:
            self.kept, self.gone = over, over and isinstance(error, Conflict)
            return None

    def _last(self, run: Run, tail: int, *, over: bool) -> tuple[int, bytes]:
        """The last lines of what is there now, as far as they are in the last MiB, and where they begin."""
        size, want = self._size(run, over=over), _TAIL
        while True:
            start = max(0, size - want)
            data = b""
            while len(data) < size - start:
                piece = self._bytes(run, start + len(data), over=over)
                if not piece:
                    break
                data += piece
            data = data[: size - start]
            ends = [at for at, byte in enumerate(data[:-1]) if byte == _NEWLINE]
            if len(ends) >= tail or start == 0 or want >= _FURTHEST:
                break
            want = min(want * 8, _FURTHEST)
        if len(ends) < tail:
            return start, data
        first = ends[-tail] + 1 if tail else len(data)
        return start + first, data[first:]


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
        for step in self._fetched(((view.id, self._of(view)) for view in self._few(live)), over=False):
            if not isinstance(step, Done):
                yield step
                continue
            for stream in step.item[1]:
                before = stream.offset
                yield from stream.read()
                moved = moved or stream.offset != before
        return moved

    def finish(self, views: Sequence[TaskView]) -> Generator[Event, None, dict[str, str]]:
        """Show the rest of what completed tasks have printed, in their order.

        Why there was nothing, by the ids of those of which there was nothing.
        """
        never = {view.id: NEVER_RAN for view in views if view.node_id is None and view.id not in self._streams}
        ran = ((view.id, self._of(view)) for view in views if view.id not in never)
        return never | (yield from self._drained(ran, over=True))

    def show(self, views: Sequence[TaskView]) -> Generator[Event, None, dict[str, str]]:
        """Show what running tasks have printed until now. As `finish` does."""
        return (yield from self._drained(((view.id, self._of(view)) for view in views), over=False))

    def kept(self, task_ids: Sequence[str], sizes: Mapping[str, int]) -> Generator[Event, None, dict[str, str]]:
        """Show the rest of what storage has of tasks whose job is gone; sizes by task/stream.txt. As `finish` does."""
        return (yield from self._drained(((one, self._of_stored(one, sizes)) for one in task_ids), over=True))

    def _fetched(self, tasks: Iterable[_Task], *, over: bool) -> Iterator[Done[_Task, None] | Event]:
        """The tasks in turn, each with the next piece of all its streams at hand."""

        def fetch(task: _Task) -> None:
            gone = False
            for stream in task[1]:
                stream.kept = stream.kept or gone
                stream.fetch(self._run, self._tail, over=over)
                gone = stream.gone

        return in_order(tasks, fetch, lambda task: f"what task {task[0]} has printed", self._run.retry, WORKERS)

    def _drained(self, tasks: Iterable[_Task], *, over: bool) -> Generator[Event, None, dict[str, str]]:
        silent = {}
        for step in self._fetched(tasks, over=over):
            if not isinstance(step, Done):
                yield step
                continue
            task_id, streams = step.item
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
            streams = tuple(_Stream(view.id, name) for name in self._names)
            self._streams[view.id] = (attempt, streams)
        return streams

    def _of_stored(self, task_id: str, sizes: Mapping[str, int]) -> _Streams:
        _, streams = self._streams.get(task_id, (None, ()))
        for stream in streams:
            stream.kept = True
        found = ((name, sizes.get(f"{task_id}/{name}.txt")) for name in self._names)
        return streams or tuple(_Stream(task_id, name, size=size) for name, size in found if size is not None)
