"""What a spec compiles to: the SDK's parameter objects, and the files to move, each with its origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from azure.batch.models import JobAddParameter, PoolAddParameter, TaskAddParameter

from batchspec.source import Span

T = TypeVar("T")


@dataclass(frozen=True)
class Origin:
    """Where in the spec a request body was written."""

    span: Span
    pointer: str


@dataclass(frozen=True)
class Made(Generic[T]):
    """A request body and its origin."""

    body: T
    origin: Origin


@dataclass(frozen=True)
class Upload:
    """A local file and the content-addressed blob that it becomes; size in bytes."""

    path: Path
    blob: str
    size: int
    origin: Origin


@dataclass(frozen=True)
class Download:
    """Outputs of a task that come home: every blob that starts with `prefix`.

    Blob `<prefix><rest>` becomes the file `<folder>/<rest>` below the results folder. When `exact`, the
    prefix is the whole name of one blob and the file is `<folder>/<last segment>`.
    """

    task_id: str
    prefix: str
    folder: str
    exact: bool
    pattern: str = "**"  # when not exact: only what matches it, as written in the spec


@dataclass(frozen=True)
class Program:
    """All that one spec asks of the service."""

    name: str
    container: str
    pool: Made[PoolAddParameter]
    job: Made[JobAddParameter]
    tasks: Sequence[Made[TaskAddParameter]]
    uploads: tuple[Upload, ...]
    downloads: tuple[Download, ...]
    secrets: frozenset[str]  # values that may never be shown

    @property
    def stores(self) -> bool:
        """Whether anything goes through the container."""
        return bool(self.uploads) or any(task.body.output_files for task in self.tasks)

    def wire(self) -> dict[str, Any]:
        """The request bodies as JSON, by what they make."""
        return {
            "pool": self.pool.body.serialize(),
            "job": self.job.body.serialize(),
            "tasks": [task.body.serialize() for task in self.tasks],
        }
