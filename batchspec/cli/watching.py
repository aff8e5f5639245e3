"""Commands that look at work and change nothing: status, logs, download."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batchspec.cli import options
from batchspec.cli.given import Given
from batchspec.cli.ready import ready, with_jobs
from batchspec.errors import ExitCode
from batchspec.spec.matrix import MAX_TASKS

_RESULTS = Path("outputs")


def status(
    spec: options.Spec,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
    as_json: options.AsJson = False,
) -> int:
    """Show where a spec's work stands, and change nothing."""
    from batchspec.run.status import status as run_status

    given = Given(param, target, params_file, allow_outside, max_tasks)
    with ready([spec], given, machine=as_json) as (
        connection,
        checked,
        shown,
    ):
        for one in checked:
            program = connection.program(one)
            shown.status(run_status(program, connection.batch(program), connection.clock))
    return ExitCode.OK


def logs(
    spec: options.Spec,
    tasks: options.Tasks = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until they have ended.")] = False,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
    as_json: options.AsJson = False,
) -> int:
    """Show what tasks have printed: those named, or all."""
    from batchspec.run.logs import logs as run_logs

    given = Given(param, target, params_file, allow_outside, max_tasks)
    with ready([spec], given, machine=as_json) as (
        connection,
        checked,
        shown,
    ):
        for one in with_jobs(checked):
            program = connection.program(one)
            shown.program(program)
            world = (connection.batch(program), connection.blobs, connection.clock)
            shown.events(run_logs(program, *world, tasks or (), follow=follow))
    return ExitCode.OK


def download(
    spec: options.Spec,
    param: options.Parameters = None,
    target: options.Target = None,
    params_file: options.ParamsFiles = None,
    allow_outside: options.AllowOutside = False,
    max_tasks: options.MaxTasks = MAX_TASKS,
    results: options.Results = _RESULTS,
    as_json: options.AsJson = False,
) -> int:
    """Bring a spec's outputs home, as far as they are there."""
    from batchspec.run.download import download as run_download

    given = Given(param, target, params_file, allow_outside, max_tasks)
    with ready([spec], given, machine=as_json) as (
        connection,
        checked,
        shown,
    ):
        for one in with_jobs(checked):
            program = connection.program(one)
            shown.events(run_download(program, connection.batch(program), connection.blobs, connection.clock, results))
    return ExitCode.OK
