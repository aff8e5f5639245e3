"""A run of a job, found again by its id alone: the spec that made it is not needed, and may have changed meanwhile."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from batchspec.errors import UsageError
from batchspec.library import outputs as files
from batchspec.library.live import Live, live
from batchspec.library.outputs import OutputFile
from batchspec.library.place import Place
from batchspec.library.printed import TaskLog, printed
from batchspec.library.standing import RunStatus, standing
from batchspec.run.cancel import Aim, cancel
from batchspec.run.events import Event, Finished, Output
from batchspec.run.logs import logs
from batchspec.run.report import Report, TaskRow, Verdict
from batchspec.run.retry import quietly
from batchspec.run.status import status
from batchspec.run.wait import wait
from batchspec.run.why.facts import Reason
from batchspec.run.why.gather import why

T = TypeVar("T")

_LOCAL, _AZURE = "local", "azure"


@dataclass(frozen=True)
class Run:
    """One run of a job. Every method asks the service anew; all raise NotFound once the job is gone, and ServiceError.

    target: "local" or "azure"; job_id: None when the spec has no job of its own, only a pool or a schedule.
    report: of the apply that gave it; None for a run that was found by its id.
    container: where its outputs are stored, as far as it is known.
    """

    place: Place = field(repr=False)
    target: str
    job_id: str | None
    report: Report | None = field(default=None, repr=False, compare=False)
    container: str = field(default="", repr=False, compare=False)

    @property
    def id(self) -> str:
        """What `get_run` takes, such as "local:hexgrid-2020-01-01". Raises UsageError when there is no job."""
        if self.job_id is None:
            raise UsageError("there is no run to follow: the spec has no job of its own")
        return f"{self.target}:{self.job_id}"

    def status(self) -> RunStatus:
        """Where it stands, in two small requests, and a listing of its tasks once some have failed."""
        with self._live() as found:
            return quietly(standing(found.run, found.job))

    def tasks(self) -> tuple[TaskRow, ...]:
        """Its tasks with their states; of a huge job the first thousands, those that failed first."""
        with self._live() as found:
            return status(found.run.program, found.run.batch, found.run.clock).tasks

    def wait(self, timeout: float | None = None) -> Report:
        """Wait until its tasks have run, or can run no more, and say what came of it, with what was found.

        timeout: seconds, after which the verdict is timed_out; None for as long as it takes. Nothing is changed:
        what `on_finish` says is done by who applies, and by the service. Results stay in storage.
        """
        for event in watch(self, timeout):
            if isinstance(event, Finished):
                return event.report
        raise AssertionError("a watch ends with Finished")

    def why(self, *tasks: str) -> tuple[Reason, ...]:
        """Why it does not go on, or the tasks named do not."""
        with self._live() as found:
            return why(*found.stage, tasks)

    def logs(self, *tasks: str, tail: int | None = None) -> dict[str, TaskLog]:
        """What tasks have printed until now, by their ids: those named by id or group, or all.

        From their nodes, and from storage where these are gone. tail: only so many of the last lines of each stream.
        Raises UsageError for a task that is not there.
        """
        with self._live() as found:
            return printed(logs(*found.stage, tasks, tail=tail))

    def follow(self, *tasks: str) -> Iterator[Output]:
        """What tasks print, as they print it, until they have ended or never will run; a task's lines may be mixed."""
        with self._live() as found:
            yield from (event for event in logs(*found.stage, tasks, follow=True) if isinstance(event, Output))

    def outputs(self, *tasks: str) -> tuple[OutputFile, ...]:
        """The outputs that are stored, of the tasks named by their ids, or of all."""
        with self._live() as found:
            return quietly(files.listed(found.run, tasks))

    def read(self, task: str, path: str) -> bytes:
        """An output as it is stored, whole. Raises NotFound when there is none."""
        with self._live() as found:
            return quietly(files.read(found.run, task, path))

    def download(self, folder: str | Path, *tasks: str) -> tuple[Path, ...]:
        """Write outputs to `folder/TASK/PATH`, each whole or not at all. The files. Raises LocalFailure."""
        with self._live() as found:
            return quietly(files.fetch(found.run, Path(folder), tasks))

    def cancel(self) -> None:
        """End it before its time; what has run stays. One that has ended by itself is left."""
        with self._live() as found:
            counts = quietly(found.run.retry.ask("count tasks", lambda: found.run.batch.count_tasks(found.job.id)))
            aim = Aim("job", found.job.id, found.job.id, found.job.state, counts.running, counts.active)
            quietly(cancel(*found.stage, aim))

    @contextmanager
    def _live(self) -> Iterator[Live]:
        job_id = self.id.partition(":")[2]
        with self.place.connect() as connection:
            yield live(connection, job_id, self.container)


def get_run(
    run_id: str, *, environ: Mapping[str, str] | None = None, folder: str | Path = ".", container: str = ""
) -> Run:
    """The run of an id that `Run.id` gave, in this process or another. Nothing is asked until a method is called.

    environ: the environment that has the account, in place of the process's own.
    folder: where the local target keeps its state.
    container: the spec's; only with it a job that on_finish has deleted is known from one that never was.

    Raises UsageError for what is no run's id.
    """
    target, colon, job_id = run_id.partition(":")
    if target not in (_LOCAL, _AZURE) or not colon or not job_id:
        raise UsageError(f'"{run_id}" is not the id of a run', "it looks like azure:JOB or local:JOB")
    return Run(Place.of(target, environ, folder), target, job_id, container=container)


def watch(run: Run, timeout: float | None = None) -> Generator[Event, None, None]:
    """What happens in a run until its tasks have run, or can run no more; the last event is Finished.

    timeout: seconds, None for as long as it takes. Changes nothing; may be closed at any time.
    """
    with run._live() as found:  # noqa: SLF001  # this module's own
        clock = found.run.clock
        deadline = None if timeout is None else clock.monotonic() + timeout
        while True:
            left = None if deadline is None else max(0.0, deadline - clock.monotonic())
            for event in wait(*found.stage, left):
                if not isinstance(event, Finished):
                    yield event
                    continue
                report = event.report
            if found.complete or report.verdict in (Verdict.TIMED_OUT, Verdict.BLOCKED):
                yield Finished(replace(report, pool_id=report.pool_id or found.job.pool_id or None))
                return
            found = live(found.connection, found.job.id)  # who applied it was still at it, and has added tasks since
