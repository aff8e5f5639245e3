"""Which run of a schedule a command looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchspec.api import Connection
    from batchspec.compiler.program import Program
    from batchspec.spec.build import Spec


def program_of(connection: Connection, spec: Spec, run: str | None) -> Program:
    """The program of a spec; of one with a schedule, that of a run: the one named, or the newest.

    Raises UsageError when there is no such run, ServiceError.
    """
    program = connection.program(spec)
    if program.schedule is None and run is None:
        return program
    from batchspec.run.occasions import of_run

    return of_run(program, connection.batch(program), connection.clock, run)
