"""What every stage of a run works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchspec.diag import Diagnostic
from batchspec.errors import UsageError
from batchspec.planning.owner import marks
from batchspec.ports import FINGERPRINT_KEY, RUN_KEY, TASKS_KEY
from batchspec.run.report import Finding
from batchspec.run.retry import Retry, retrying

if TYPE_CHECKING:
    from batchspec.compiler.program import Made, Program
    from batchspec.errors import ServiceError
    from batchspec.planning.change import Plan
    from batchspec.ports import BatchPort, BlobPort, Clock


@dataclass(frozen=True)
class Options:
    """How to apply.

    results: the folder that outputs come home to.
    timeout: seconds for all of it, None for as long as it takes.
    follow: show what tasks print; None: for jobs of at most 100 tasks.
    wait: False ends once the job is armed.
    agree: asked before anything is replaced or deleted; nobody does by himself.
    hold: hears of the plan before anything is done; what it raises ends the apply.
    adopt: take over a pool, job or schedule of the spec's id that this spec did not make.
    rerun: the next run is asked for, or a schedule that has ended once more.
    force: do not wait for what runs on a pool that is replaced: it is queued again.
    coming: ids of pools that earlier specs of the same plan make, in lower case.
    """

    results: Path = Path("outputs")
    timeout: float | None = None
    follow: bool | None = None
    wait: bool = True
    agree: Callable[[Plan], bool] = lambda _plan: False
    hold: Callable[[Plan], None] | None = None
    adopt: bool = False
    rerun: bool = False
    force: bool = False
    coming: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Run:
    """One program, the world it meets, and how to ask it."""

    program: Program
    batch: BatchPort
    blobs: BlobPort
    clock: Clock
    retry: Retry
    options: Options = Options()
    found_pool: str | None = None  # the pool that the service has made for the job

    @classmethod
    def of(cls, program: Program, batch: BatchPort, blobs: BlobPort, clock: Clock, options: Options = Options()) -> Run:
        """One that asks as it is done outside of tests."""
        return cls(program, batch, blobs, clock, retrying(clock), options)

    @property
    def job(self) -> Made[Any]:
        """The job as the spec asks for it. Only what has to do with one asks."""
        assert self.program.job is not None, "the spec has no job"
        return self.program.job

    @property
    def job_id(self) -> str:
        """The job's id."""
        return str(self.job.body.id)

    @property
    def base_id(self) -> str:
        """The job's id as the spec says it, whichever run of it this is."""
        return marks(self.job.body).get(RUN_KEY, self.job_id)

    @property
    def pool_id(self) -> str | None:
        """The pool that the work runs on; None while the service has not told which one it made."""
        return self.program.pool_id or self.found_pool

    @property
    def own_pool(self) -> Made[Any] | None:
        """The spec's own pool when the work runs on it."""
        pool = self.program.pool
        return pool if pool is not None and same_id(pool.body.id, self.program.pool_id) else None

    @property
    def pool_place(self) -> Made[Any]:
        """Where the spec says what pool the work runs on."""
        return self.own_pool or self.program.pool_info or self.job


def need_job(program: Program) -> None:
    """Raises UsageError when the spec has no job that this version applies."""
    if program.job is None:
        what = "it has a schedule, which makes many" if program.schedule else "it only describes a pool"
        raise UsageError(f'the spec "{program.name}" has no job: {what}')


def need_whole(program: Program) -> None:
    """Raises UsageError when not all of the job's tasks are known, for what has to do with each of them."""
    if program.partial:
        message = f'not all tasks of the spec "{program.name}" are known: files that a matrix is made of are not there'
        raise UsageError(message, "put them back; status, logs, why and destroy can do without")


def same_id(one: str, other: str | None) -> bool:
    """Whether two ids are the same to the service, which takes no notice of their case."""
    return other is not None and one.lower() == other.lower()


def unchanged(body: Any, metadata: Mapping[str, str]) -> bool:
    """Whether a live object of ours is what the spec asks for, a job with the same tasks."""
    wanted = marks(body)
    return all(metadata.get(key) == wanted.get(key) for key in (FINGERPRINT_KEY, TASKS_KEY))


def finding(code: str, made: Made[Any], message: str, hint: str | None = None, excerpt: str = "") -> Finding:
    """A finding at the place where a request body was written."""
    return Finding(Diagnostic(code, message, made.origin.span, made.origin.pointer, hint), excerpt)


def refusal(code: str, made: Made[Any], what: str, error: ServiceError) -> Finding:
    """A refusal of the service, at the place of what it refused."""
    return finding(code, made, f"{what}: {explained(error.message, error.values)}", error.hint)


def explained(message: str, details: Mapping[str, str]) -> str:
    """A service's message with its reason, as one sentence without a final stop."""
    reason = details.get("Reason", "")
    name = details.get("PropertyName", "")
    text = message.strip().rstrip(".")
    if name:
        text += f" ({name})"
    return f"{text}: {reason.strip().rstrip('.')}" if reason else text
