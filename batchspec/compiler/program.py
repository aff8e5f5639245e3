"""What a spec compiles to: the SDK's parameter objects, and the files to move, each with its origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from azure.batch.models import (
    JobAddParameter,
    JobScheduleAddParameter,
    PoolAddParameter,
    PoolInformation,
    TaskAddParameter,
)

from batchspec.ports import MARKS
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
class Finish:
    """What becomes of things when the work has ended. pool: keep, scale_to_zero or delete; job: keep or delete."""

    pool: str = "keep"
    job: str = "keep"


@dataclass(frozen=True)
class Program:
    """All that one spec asks of the service: a pool, a job or a job schedule, and the job's tasks."""

    name: str
    api_version: str
    container: str
    pool: Made[PoolAddParameter] | None
    job: Made[JobAddParameter] | None
    schedule: Made[JobScheduleAddParameter] | None
    tasks: Sequence[Made[TaskAddParameter]]
    uploads: tuple[Upload, ...]
    downloads: tuple[Download, ...]
    secrets: frozenset[str]  # values that may never be shown
    pool_info: Made[PoolInformation] | None = None  # the job's pool, where the job names one or has its own made
    finish: Finish = Finish()

    @property
    def job_id(self) -> str | None:
        """The job's id; None when the spec has no job."""
        return None if self.job is None else str(self.job.body.id)

    @property
    def pool_id(self) -> str | None:
        """The pool that the work runs on; None when the service makes one for the job, and names it then."""
        if self.job is not None and self.job.body.pool_info is not None:
            found = self.job.body.pool_info.pool_id
            return None if found is None else str(found)
        return None if self.pool is None else str(self.pool.body.id)

    @property
    def stores(self) -> bool:
        """Whether anything goes through the container."""
        return bool(self.uploads) or any(task.body.output_files for task in self.tasks)

    def wire(self) -> dict[str, Any]:
        """The request bodies as JSON, by what they make; without the metadata that marks them as ours."""
        made: dict[str, Any] = {}
        for kind, of in (("pool", self.pool), ("job", self.job), ("job_schedule", self.schedule)):
            if of is not None:
                made[kind] = _unmarked(of.body.serialize())
        if self.tasks:
            made["tasks"] = [task.body.serialize() for task in self.tasks]
        return made


def _unmarked(body: dict[str, Any]) -> dict[str, Any]:
    left = [item for item in body.get("metadata", ()) if item["name"] not in MARKS]
    return {name: value for name, value in body.items() if name != "metadata"} | ({"metadata": left} if left else {})
