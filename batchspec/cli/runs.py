"""Which run of a job, or of a schedule, a command looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchspec.api import Connection
    from batchspec.cli.views import View
    from batchspec.compiler.program import Program
    from batchspec.ports import BatchPort, BlobPort, Clock
    from batchspec.run.reruns import Reruns
    from batchspec.spec.build import Spec


def with_jobs(specs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """Those that have a job; where none has, all, so that it is said."""
    return tuple(spec for spec in specs if spec.keys.job is not None) or specs


def looked_at(
    connection: Connection, specs: tuple[Spec, ...], run: str | None, shown: View
) -> Iterator[tuple[Program, tuple[BatchPort, BlobPort, Clock]]]:
    """The programs of those that have a job, and their world, each as it is shown. Raises as `program_of` does."""
    for spec in with_jobs(specs):
        program = program_of(connection, spec, run)
        shown.program(program)
        yield program, connection.world(program)


def program_of(connection: Connection, spec: Spec, run: str | None) -> Program:
    """The program of a run of a spec's job, or of its schedule: the one named, or the newest.

    Raises UsageError when there is no such run, ServiceError.
    """
    if spec.keys.schedule is None:
        return connection.program(spec, run=run)
    return run_of(connection, connection.program(spec), run)


def run_of(connection: Connection, program: Program, run: str | None) -> Program:
    """The program of a run, given that of its schedule. Raises as `program_of` does."""
    from batchspec.run.occasions import of_run

    return of_run(program, connection.batch(program), connection.clock, run)


def reruns_of(connection: Connection, spec: Spec, newest: Program) -> Reruns:
    """The runs of a spec's job; asked for only where the newest is not the first."""
    from batchspec.run.reruns import Reruns, there

    job = spec.keys.job
    if job is None or newest.job_id is None or newest.job_id.lower() == job.id.lower():
        return Reruns("" if job is None else job.id)
    found = there(connection.batch(newest), connection.clock, newest.name, job.id)
    return Reruns(job.id, tuple(found))
