"""The last lines of what failed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial

from batchspec.errors import Conflict, NotFound, OutOfTime
from batchspec.run.context import Run
from batchspec.run.events import Waiting
from batchspec.run.persisted import kept_end

_TAIL = 8 * 1024  # bytes


def last_lines(run: Run, what: str, read: Callable[[str], bytes], count: int = 15) -> Generator[Waiting, None, str]:
    """The end of what failed: of its stderr, or of its stdout when that is empty. None where there is no time for it.

    read: the last bytes of a file, given its name.
    """
    for name in ("stderr.txt", "stdout.txt"):
        try:
            data = yield from run.retry.ask(f"{name} of {what}", partial(read, name))
        except (NotFound, Conflict, OutOfTime):
            continue
        lines = data.decode("utf-8", errors="replace").rstrip().splitlines()
        if lines:
            return "\n".join(lines[-count:])
    return ""


def task_tail(run: Run, task_id: str) -> Generator[Waiting, None, str]:
    """The last lines that a task printed, from storage where its node does not have them any more."""
    text = yield from last_lines(
        run,
        f"task {task_id}",
        lambda name: run.batch.read_task_file(run.job_id, task_id, name, -_TAIL),
    )
    return text or (yield from last_lines(run, f"task {task_id}", lambda name: kept_end(run, task_id, name, _TAIL)))


def node_tail(run: Run, node_id: str, folder: str) -> Generator[Waiting, None, str]:
    """The last lines that a start task or a job preparation task printed on a node."""
    return last_lines(
        run,
        f"node {node_id}",
        lambda name: run.batch.read_node_file(run.pool_id or "", node_id, f"{folder}/{name}", -_TAIL),
    )
