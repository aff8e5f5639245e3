"""What a spec compiles to: the SDK's parameter objects, and the files to move, each with its origin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

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
    """Where in the spec a request body was written. span: None of what was read from the service."""

    span: Span | None
    pointer: str


@dataclass(frozen=True)
class Made(Generic[T]):
    """A request body and its origin."""

    body: T
    origin: Origin


@dataclass(frozen=True, eq=False)
class Bodies(Sequence[Made[TaskAddParameter]]):
    """The tasks' request bodies, each made anew when it is asked for and kept by nobody: there may be a million.

    body, origin: of the task at a place; keeps: whether any of them has output files.
    """

    ids: Sequence[str]
    body: Callable[[int], TaskAddParameter]
    origin: Callable[[int], Origin]
    keeps: bool

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Made[TaskAddParameter]: ...
    @overload
    def __getitem__(self, at: slice) -> list[Made[TaskAddParameter]]: ...
    def __getitem__(self, at: int | slice) -> Made[TaskAddParameter] | list[Made[TaskAddParameter]]:
        places = range(len(self.ids))[at]
        return self._made(places) if isinstance(places, int) else [self._made(one) for one in places]

    def __iter__(self) -> Iterator[Made[TaskAddParameter]]:
        return map(self._made, range(len(self.ids)))

    def _made(self, at: int) -> Made[TaskAddParameter]:
        return Made(self.body(at), self.origin(at))


@dataclass(frozen=True)
class Upload:
    """A local file and the content-addressed blob that it becomes; size in bytes."""

    path: Path
    blob: str
    size: int
    origin: Origin
    data: bytes | None = field(default=None, repr=False)  # what it holds, when there is no such file


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


@dataclass(frozen=True, eq=False)
class Downloads(Collection[Download]):
    """What comes home, told anew each time: for a million tasks a list of it would be larger than they are."""

    make: Callable[[], Iterator[Download]]

    def __iter__(self) -> Iterator[Download]:
        return self.make()

    def __bool__(self) -> bool:
        return next(self.make(), None) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self.make())

    def __contains__(self, item: object) -> bool:
        return any(one == item for one in self.make())


@dataclass(frozen=True)
class Finish:
    """What becomes of things when the work has ended. pool: keep, scale_to_zero or delete; job: keep or delete."""

    pool: str = "keep"
    job: str = "keep"


class Logs(str, Enum):
    """What becomes of what tasks print."""

    KEPT = "kept"  # in storage, when they end
    OFF = "off"  # it goes with the nodes, as the spec says
    NOWHERE = "nowhere"  # it goes with the nodes, since no storage account is configured


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
    downloads: Collection[Download]
    secrets: frozenset[str]  # values that may never be shown
    pool_info: Made[PoolInformation] | None = None  # the job's pool, where the job names one or has its own made
    finish: Finish = Finish()
    logs: Logs = Logs.OFF
    partial: bool = False  # not all of the spec's tasks are known: the files of a matrix are gone

    @property
    def job_id(self) -> str | None:
        """The job's id; None when the spec has no job."""
        return None if self.job is None else str(self.job.body.id)

    @property
    def pool_id(self) -> str | None:
        """The pool that the work runs on; None when the service makes one for the job, and names it then."""
        work = self.job.body if self.job is not None else None
        if self.schedule is not None:
            work = self.schedule.body.job_specification
        if work is not None and work.pool_info is not None:
            found = work.pool_info.pool_id
            return None if found is None else str(found)
        return None if self.pool is None else str(self.pool.body.id)

    @property
    def task_ids(self) -> Sequence[str]:
        """The ids of the tasks, in the spec's order; no body is made for them."""
        return self.tasks.ids if isinstance(self.tasks, Bodies) else [made.body.id for made in self.tasks]

    def bodies(self, places: Iterable[int]) -> Iterator[TaskAddParameter]:
        """The request bodies of the tasks at some places, each made when its turn comes."""
        tasks = self.tasks
        return map(tasks.body, places) if isinstance(tasks, Bodies) else (tasks[at].body for at in places)

    @property
    def stores(self) -> bool:
        """Whether anything goes through the container."""
        if isinstance(self.tasks, Bodies):
            return bool(self.uploads) or self.tasks.keeps
        return bool(self.uploads) or any(task.body.output_files for task in self.tasks)

    def wire(self) -> dict[str, Any]:
        """The request bodies as JSON, by what they make; without the metadata that marks them as ours."""
        made: dict[str, Any] = {}
        for kind, of in (("pool", self.pool), ("job", self.job), ("job_schedule", self.schedule)):
            if of is not None:
                made[kind] = _unmarked(of.body.serialize())
                if "jobSpecification" in made[kind]:  # the mark of the jobs that it makes
                    made[kind]["jobSpecification"] = _unmarked(made[kind]["jobSpecification"])
        if self.tasks:
            made["tasks"] = [task.body.serialize() for task in self.tasks]
        return made


def _unmarked(body: dict[str, Any]) -> dict[str, Any]:
    left = [item for item in body.get("metadata", ()) if item["name"] not in MARKS]
    return {name: value for name, value in body.items() if name != "metadata"} | ({"metadata": left} if left else {})
