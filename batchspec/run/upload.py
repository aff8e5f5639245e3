"""Input files go up, in parallel, and only those that the container does not have."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator
from typing import TYPE_CHECKING

from batchspec.compiler.members import manager
from batchspec.errors import LocalFailure, UnreadableFile
from batchspec.run.context import Run
from batchspec.run.crew import WORKERS, Check, Done, crew
from batchspec.run.events import Event, Uploading
from batchspec.run.moved import Moved
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
    sent = Moved(Uploading(0, len(missing), 0, sum(item.size for item in missing), skipped))
    yield sent.told
    send = _sender(run, stored)

    def so_far(item: Upload, count: int) -> Iterator[Uploading]:
        return sent.so_far(item.blob, count)

    for step in crew(missing, send, lambda item: f"upload {item.path}", run.retry, WORKERS, so_far):
        yield sent.whole(step.item.blob, step.item.size) if isinstance(step, Done) else step


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
