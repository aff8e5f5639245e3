"""The command that runs specs: apply."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from batchspec.cli import options
from batchspec.cli.given import Given
from batchspec.cli.ready import ready
from batchspec.errors import ExitCode
from batchspec.spec.matrix import MAX_TASKS

_RESULTS = Path("outputs")


def apply(
    specs: options.Specs,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
    timeout: options.Timeout = None,
    results: options.Results = _RESULTS,
    follow: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option("--follow/--no-follow", help="Show what tasks print. [default: for up to 100 tasks]"),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Watch until the work is done.")] = True,
    as_json: options.AsJson = False,
) -> int:
    """Run specs: upload, make the pool, job and tasks, watch, and bring the results home.

    Several specs run one after the other. Ctrl-C stops watching; the job goes on, and the same command
    takes it up again. What the spec says under on_finish is done at the end, and after Ctrl-C, too.
    """
    from batchspec.run.apply import apply as run_apply
    from batchspec.run.context import Options
    from batchspec.run.finish import finish

    asked = Options(results=results, timeout=options.seconds(timeout), follow=follow, wait=wait)
    codes = [ExitCode.OK]
    given = Given(param, target, params_file, allow_outside, max_tasks)
    with ready(specs, given, machine=as_json, applied=True) as (connection, checked, shown):
        shown.connected(connection.label)
        for spec in checked:
            program = connection.program(spec)
            world = (connection.batch(program), connection.blobs, connection.clock)
            shown.program(program)
            events = run_apply(program, *world, asked)
            try:
                codes.append(shown.events(events))
            except KeyboardInterrupt:
                events.close()
                if wait:
                    shown.events(finish(program, *world))
                shown.detached(program, [*map(str, specs), *given.arguments()])
                raise
    return max(codes)
