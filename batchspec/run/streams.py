"""What one task prints, piece by piece, as lines of text."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator
from functools import partial
from typing import TypeVar

from batchspec.errors import Conflict, NotFound
from batchspec.ports import PIECE
from batchspec.run.context import Run
from batchspec.run.events import Event, Output
from batchspec.run.persisted import read_kept, size_kept

_LONGEST = 64 * 1024  # characters; a line longer than this is shown in pieces
_TAIL = 8 * 1024  # bytes
_FURTHEST = 1024 * 1024  # bytes from the end that are searched for the last lines
_NEWLINE = ord("\n")

T = TypeVar("T")


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


class Stream:
    """One file of one attempt of a task: on its node, or in storage once the node does not have it any more."""

    def __init__(self, task_id: str, name: str) -> None:
        self.task_id = task_id
        self.name = name
        self.offset = 0
        self.kept = self.found = False
        self.gone = False  # all that the task has left on its node
        self._kept_size: int | None = None
        self._begun = False
        self._next: bytes | None = None  # the next piece, once it is fetched
        self._lines = Lines()

    def store(self, size: int | None) -> None:
        """It is known to be in storage, with so many bytes; None: nor there."""
        self.kept, self.found = True, self.found or size is not None
        self._kept_size = size or 0
        if self._kept_size <= self.offset:
            self._next = self._next or b""

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
