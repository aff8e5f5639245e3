"""Where things are on disk: the node directories as Batch lays them out, private to the user.

nodes/<pool>/<node>/                        AZ_BATCH_NODE_ROOT_DIR
    applications/ fsmounts/ shared/ volatile/
    startup/  stdout.txt stderr.txt wd/     the start task
    workitems/<job>/job-1/<task>/           a task; <task> is also the job preparation or release task
        stdout.txt stderr.txt wd/
    workitems/<schedule>/job-<n>/<task>/    a task of a job that a schedule made
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchspec.emulator.engine.commands import Run
    from batchspec.emulator.engine.records import Job, Node, Task

_ID = re.compile(r"[A-Za-z0-9_-]+").fullmatch
_NODE_DIRS = ("applications", "fsmounts", "shared", "startup/wd", "volatile", "workitems")


@dataclass(frozen=True, slots=True)
class Layout:
    root: Path
    """Absolute."""

    def create(self) -> None:
        for directory in (self.root, self.root / "nodes", self.trash):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def trash(self) -> Path:
        """What was discarded and still has to be removed; on the same file system as the nodes."""
        return self.root / "trash"

    def node(self, pool_id: str, node_id: str) -> Path:
        return self.root / "nodes" / _name(pool_id) / _name(node_id)

    def make_node(self, node: Node) -> None:
        directory = self.node(node.pool.id, node.id)
        for name in _NODE_DIRS:
            (directory / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def job(self, node: Node, job: Job) -> Path:
        return self.node(node.pool.id, node.id) / _root(job)

    def task(self, task: Task) -> Path | None:
        """None before its first run."""
        if task.pool_id is None or task.node_id is None:
            return None
        return self.node(task.pool_id, task.node_id) / _root(task.job) / _name(task.id)

    def name(self, run: Run) -> str:
        """The run's directory below its job's, or below its node's for a start task."""
        return "startup" if run.job is None else _name(run_name(run))

    def job_dirs(self, job: Job) -> Iterator[Path]:
        """The job's directory on every node that has one."""
        root = _root(job)
        return (self.root / "nodes").glob(f"*/*/{root if job.schedule_id else root.parent}")

    def discard(self, path: Path, token: str) -> bool:
        """Put a directory out of the way at once, if it is there; `empty_trash` removes it. `token` must be new."""
        try:
            path.rename(self.trash / token)
        except FileNotFoundError:
            return False
        return True

    def empty_trash(self) -> None:
        """Slow for large directories; safe to call from any thread."""
        for entry in os.scandir(self.trash):
            # What cannot be removed now, the next call tries again.
            shutil.rmtree(entry.path, ignore_errors=True)


def run_name(run: Run) -> str:
    """The id under which a run's files stand: of the task, or of the job preparation or release task."""
    if run.task is not None:
        return run.task.id
    if run.job is None:
        raise ValueError(run)
    part, default = (
        ("jobPreparationTask", "jobpreparation") if run.kind == "prepare" else ("jobReleaseTask", "jobrelease")
    )
    return str(run.job.body[part].get("id") or default)


def _root(job: Job) -> PurePath:
    root = PurePath(job.root)
    for part in root.parts:
        _name(part)
    return root


def _name(id_: str) -> str:
    """The service allows letters, digits, hyphen and underscore; nothing else may become a path."""
    if not _ID(id_):
        raise ValueError(f"not an id: {id_!r}")
    return id_
