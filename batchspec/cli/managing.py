"""Commands that end what a spec made: destroy."""

from __future__ import annotations

from batchspec.cli import options
from batchspec.cli.given import Given
from batchspec.cli.ready import ready
from batchspec.errors import ExitCode
from batchspec.spec.matrix import MAX_TASKS


def destroy(
    specs: options.Specs,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
    as_json: options.AsJson = False,
) -> int:
    """Remove what specs made: job, pool and outputs. Nothing that is not theirs is touched."""
    from batchspec.run.destroy import destroy as run_destroy

    given = Given(param, target, params_file, allow_outside, max_tasks)
    with ready(specs, given, machine=as_json) as (connection, checked, shown):
        for one in reversed(checked):  # what others use stands before them
            program = connection.program(one)
            shown.events(run_destroy(program, connection.batch(program), connection.blobs, connection.clock))
    return ExitCode.OK
