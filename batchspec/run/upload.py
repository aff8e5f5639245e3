"""Input files go up, in parallel, and only those that the container does not have."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from batchspec.compiler.members import manager
from batchspec.errors import LocalFailure, UnreadableFile
from batchspec.run.context import Run
from batchspec.run.crew import WORKERS, Check, Done, crew
from batchspec.run.events import Event, Uploading
from batchspec.run.names import common_prefix
from batchspec.run.persisted import tell_unkept

if TYPE_CHECKING:
    from batchspec.compiler.program import Upload


def upload(run: Run) -> Generator[Event, None, None]:
    """Bring the program's input files to its container; blobs are named by their content."""
    program = run.program
    yield from tell_unkept(run)
    first = manager(program)
    if not (program.stores or program.downloads or (first is not None and first.body.output_files)):
        return
    yield from run.retry.ask(f"container {program.container}", lambda: run.blobs.ensure_container(program.container))
    wanted = {item.blob: item for item in program.uploads}
    if not wanted:
        return

    prefix = common_prefix(wanted)
    stored = yield from run.retry.ask(
        "list the container",
        lambda: {view.name: view.size for view in run.blobs.list_blobs(program.container, prefix)},
    )
    # One of another size is no content of ours, whatever its name: it is replaced.
    missing = deque(item for item in wanted.values() if stored.get(item.blob) != item.size)
    skipped = len(wanted) - len(missing)
    sent = _Sent(len(missing), sum(item.size for item in missing), skipped)
    yield sent.told
    send = _sender(run, stored)
    for step in crew(missing, send, lambda item: f"upload {item.path}", run.retry, WORKERS, sent.so_far):
        yield sent.whole(step.item) if isinstance(step, Done) else step


class _Sent:
    """How much has gone up, and what was last told of it."""

    def __init__(self, total: int, size: int, skipped: int) -> None:
        self.told = Uploading(0, total, 0, size, skipped)
        self._done = 0  # bytes of whole files
        self._parts: dict[str, int] = {}  # and of those that are on their way

    def whole(self, item: Upload) -> Uploading:
        """A file is there."""
        self._parts.pop(item.blob, None)
        self._done += item.size
        self.told = replace(self.told, done=self.told.done + 1, bytes_done=self._now)
        return self.told

    def so_far(self, item: Upload, count: int) -> Iterator[Uploading]:
        """A file is so far; told by the hundredth, as there is an event for each."""
        self._parts[item.blob] = count
        if abs(self._now - self.told.bytes_done) * 100 >= self.told.bytes_total:
            self.told = replace(self.told, bytes_done=self._now)
            yield self.told

    @property
    def _now(self) -> int:
        return self._done + sum(self._parts.values())


def _sender(run: Run, stored: Collection[str]) -> Callable[[Upload, Check], None]:
    def send(item: Upload, check: Check) -> None:
        if item.data is not None:
            run.blobs.write(run.program.container, item.blob, item.data)
            return
        try:
            size = item.path.stat().st_size
        except OSError as error:
            raise UnreadableFile(str(item.path), error.strerror or str(error)) from error
        if size != item.size:  # seen before anything is sent; the hash tells all else
            raise LocalFailure(f"{item.path} changed while it was uploaded", "run the command again")
        sha256, before = item.blob.rpartition("/")[2], 0

        def moved(count: int) -> None:
            nonlocal before
            check(before)  # the piece is read, and not sent yet
            before += count

        run.blobs.upload(run.program.container, item.blob, item.path, sha256, moved, replace=item.blob in stored)

    return send
