"""What tasks have printed, as the storage container keeps it when their nodes are gone."""

from __future__ import annotations

from collections.abc import Generator
from threading import Lock

from batchspec.compiler.layout import logs_folder
from batchspec.compiler.program import Logs
from batchspec.errors import NotFound
from batchspec.run.context import Run, finding
from batchspec.run.events import Event, Found

_LOST = {
    Logs.KEPT: "its files are gone from the node, and none came to storage",
    Logs.OFF: "its files are gone from the node, and the spec has none kept (logs.persist: false)",
    Logs.NOWHERE: "its files are gone from the node, and no storage account is configured that would have them",
}


def lost(run: Run) -> str:
    """Why nothing is left of what a task printed."""
    return _LOST[run.program.logs]


def read_kept(run: Run, task_id: str, stream: str, offset: int) -> bytes | None:
    """A piece of what a task printed to a stream; None when storage does not have it."""
    if run.program.logs is Logs.NOWHERE:
        return None
    try:
        return run.blobs.read(run.program.container, _blob(run, task_id, stream), offset)
    except NotFound:
        return None


def kept_sizes(run: Run) -> dict[str, int]:
    """The sizes of all that the job's tasks printed and storage has, by task/stream.txt."""
    if run.program.logs is Logs.NOWHERE:
        return {}
    prefix = f"{logs_folder(run.job_id)}/"
    try:
        views = run.blobs.list_blobs(run.program.container, prefix)
        return {view.name[len(prefix) :]: view.size for view in views}
    except NotFound:
        return {}


class Away:
    """What is found out while many ended tasks are read: nodes whose files are gone, and what storage has instead."""

    def __init__(self, run: Run) -> None:
        self.nodes: set[str | None] = set()
        self._run = run
        self._sizes: dict[str, int] | None = None
        self._lock = Lock()

    def size(self, node_id: str | None, task_id: str, stream: str) -> int | None:
        """How much storage has of a stream whose node is gone; None when it has none, or the node may have it."""
        if node_id not in self.nodes:
            return None
        with self._lock:
            if self._sizes is None:
                self._sizes = kept_sizes(self._run)
        return self._sizes.get(f"{task_id}/{stream}.txt")


def size_kept(run: Run, task_id: str, stream: str) -> int | None:
    """The bytes that storage has of a stream; None when it has none of it."""
    if run.program.logs is Logs.NOWHERE:
        return None
    blob = _blob(run, task_id, stream)
    try:
        views = run.blobs.list_blobs(run.program.container, blob)
        return next((view.size for view in views if view.name == blob), None)
    except NotFound:
        return None


def kept_end(run: Run, task_id: str, name: str, most: int) -> bytes:
    """The last bytes of a stream's file, as storage has it. Raises NotFound."""
    if run.program.logs is Logs.NOWHERE:
        raise NotFound("no storage account is configured")
    stream = name.removesuffix(".txt")
    size = size_kept(run, task_id, stream) or 0
    return run.blobs.read(run.program.container, _blob(run, task_id, stream), max(0, size - most))


def tell_unkept(run: Run) -> Generator[Event, None, None]:
    """Say that logs are not kept although the spec does not mind, since there is nowhere to keep them."""
    if run.program.logs is not Logs.NOWHERE or run.program.job is None:
        return
    message = "what tasks print goes with their nodes: no storage account is configured that would keep it"
    hint = "set AZURE_BLOB_ACCOUNT_NAME or AZURE_STORAGE_CONNECTION_STRING, or write logs: {persist: false}"
    yield Found(finding("BS813", run.job, message, hint))


def _blob(run: Run, task_id: str, stream: str) -> str:
    return f"{logs_folder(run.job_id)}/{task_id}/{stream}.txt"
