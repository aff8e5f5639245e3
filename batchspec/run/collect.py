"""The outputs come home, in parallel, each whole or not at all."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchspec.compiler.members import manager
from batchspec.errors import LocalFailure, NotFound
from batchspec.ports import BlobView
from batchspec.run.absent import or_none
from batchspec.run.context import Run, finding
from batchspec.run.crew import WORKERS, Check, Done, crew
from batchspec.run.events import Downloaded, Downloading, Event, Found
from batchspec.run.moved import Moved
from batchspec.run.names import common_prefix, confined, matcher

if TYPE_CHECKING:
    from batchspec.compiler.program import Download, Made, Program


@dataclass(frozen=True)
class _Transfer:
    blob: BlobView
    path: Path


def collect(run: Run, succeeded: Callable[[str], bool]) -> Generator[Event, None, tuple[Path, ...]]:
    """Download what the program asks for. Returns the files that came, sorted.

    succeeded: whether a task did; only then is an output that is not there worth a warning.
    """
    downloads = run.program.downloads
    if not downloads:
        return ()
    stored = yield from _stored(run, common_prefix([item.prefix for item in downloads]))
    makers = _Makers(run.program)
    transfers: dict[Path, _Transfer] = {}
    for item in downloads:
        blobs = list(_matching(stored, item))
        if item.exact and not blobs and succeeded(item.task_id):
            made, name = makers.of(item.task_id), item.prefix.rpartition("/")[2]
            if _expected(made.body, item.prefix):
                yield Found(finding("BS808", made, f'task "{item.task_id}" left no output "{name}"'))
        for blob in blobs:
            path = _place(run.options.results, item, blob.name)
            if path is None:
                text = f'output "{blob.name}" was left where it is: its name, or a link, leads out of the results'
                yield Found(finding("BS809", makers.of(item.task_id), text))
            else:
                transfers[path] = _Transfer(blob, path)
    return (yield from _fetch(run, transfers.values(), made=run.job)) if transfers else ()


class _Makers:
    """The tasks that outputs come from, made when something is to be told of one."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def of(self, task_id: str) -> Made[Any]:
        """The task, or the job manager task."""
        at = self._places.get(task_id)
        found = manager(self._program) if at is None else self._program.tasks[at]
        assert found is not None, "an output is of some task"
        return found

    @cached_property
    def _places(self) -> dict[str, int]:
        return {task_id: at for at, task_id in enumerate(self._program.task_ids)}


def _stored(run: Run, prefix: str) -> Generator[Event, None, list[BlobView]]:
    container = run.program.container
    views = yield from or_none(run.retry, "list the outputs", lambda: list(run.blobs.list_blobs(container, prefix)))
    return sorted(views or (), key=lambda view: view.name)


def _matching(stored: Sequence[BlobView], item: Download) -> Iterator[BlobView]:
    fits = matcher(item.pattern)
    for index in range(bisect_left(stored, item.prefix, key=lambda view: view.name), len(stored)):
        view = stored[index]
        if not (view.name == item.prefix if item.exact else view.name.startswith(item.prefix)):
            return
        if item.exact or fits(view.name[len(item.prefix) :]):
            yield view


def _expected(body: Any, blob: str) -> bool:
    """Whether the output is one that a task leaves when it succeeds."""
    conditions = {
        str(getattr(output.upload_options.upload_condition, "value", output.upload_options.upload_condition))
        for output in body.output_files or ()
        if output.destination.container is not None and output.destination.container.path == blob
    }
    return conditions != {"taskfailure"}


def _place(results: Path, item: Download, name: str) -> Path | None:
    rest = name.rpartition("/")[2] if item.exact else name[len(item.prefix) :]
    return confined(results, item.folder, rest) if rest else None


def _fetch(run: Run, transfers: Collection[_Transfer], made: Made[Any]) -> Generator[Event, None, tuple[Path, ...]]:
    container, files = run.program.container, list[Path]()

    def fetch(item: _Transfer, check: Check) -> bool:
        try:
            item.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LocalFailure(f"cannot make {item.path.parent}: {error.strerror}") from error
        come = 0

        def moved(count: int) -> None:
            nonlocal come
            come += count
            check(come)

        try:
            run.blobs.download(container, item.blob.name, item.path, moved)
        except NotFound:
            return False
        return True

    def so_far(item: _Transfer, count: int) -> Iterator[Downloading]:
        return here.so_far(item.blob.name, count)

    here = Moved(Downloading(0, len(transfers), 0, sum(item.blob.size for item in transfers)))
    yield here.told
    for step in crew(deque(transfers), fetch, lambda item: item.blob.name, run.retry, WORKERS, so_far):
        if not isinstance(step, Done):
            yield step
            continue
        blob = step.item.blob
        yield here.whole(blob.name, blob.size)
        if step.answer:
            files.append(step.item.path)
            yield Downloaded(step.item.path, blob.size)
        else:
            yield Found(finding("BS808", made, f'output "{blob.name}" was deleted meanwhile'))
    return tuple(sorted(files))
