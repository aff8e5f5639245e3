"""Commands that look at work and change nothing: status, wait, why, logs, download."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from batchspec.cli import options
from batchspec.cli.given import Given
from batchspec.cli.ready import ready
from batchspec.cli.runs import looked_at, program_of, reruns_of, run_of
from batchspec.errors import ExitCode

_LOCAL = "local"


def status(
    spec: options.Spec,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Look again and again, until the work has ended.")
    ] = False,
    run: options.RunOf = None,
    given: Given,
    as_json: options.AsJson = False,
) -> int:
    """Show where a spec's work stands, and change nothing. Ctrl-C ends a --watch."""
    from batchspec.run.occasions import occasions
    from batchspec.run.status import status as run_status, watch_status

    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        for one in checked:
            program = program_of(connection, one, run) if one.keys.schedule is None else connection.program(one)
            shown.program(program)
            if program.schedule is not None:
                made = occasions(program, connection.batch(program), connection.clock)
                newest = run_of(connection, program, run) if made.runs or run is not None else None
                shown.occasions(made)
                if made.schedule is None and connection.target == _LOCAL:
                    shown.nowhere()
                if newest is None:
                    continue
                program = newest
                shown.program(program)
            elif run is None:
                shown.reruns(reruns_of(connection, one, program))
            if not watch:
                found = run_status(program, connection.batch(program), connection.clock)
                shown.status(found)
                if found.pool is None and found.job is None and connection.target == _LOCAL:
                    shown.nowhere()
                continue
            try:
                shown.statuses(watch_status(program, *connection.world(program)))
            except KeyboardInterrupt:
                break
    return ExitCode.OK


def wait(
    spec: options.Spec,
    *,
    timeout: options.Timeout = None,
    run: options.RunOf = None,
    given: Given,
    as_json: options.AsJson = False,
) -> int:
    """Wait for a spec's work that is under way, change nothing, and end with the exit code that apply would have.

    Where nothing can run any more it ends, and says why. Results are fetched with `download`.
    """
    from batchspec.run.wait import wait as run_wait

    codes = [ExitCode.OK]
    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        for program, world in looked_at(connection, checked, run, shown):
            codes.append(shown.events(run_wait(program, *world, options.seconds(timeout))))
    return max(codes)


def why(
    spec: options.Spec,
    tasks: options.TasksOrGroups = None,
    *,
    run: options.RunOf = None,
    given: Given,
    as_json: options.AsJson = False,
) -> int:
    """Say why a spec's work does not move, or a task does not: what it waits for, and since when."""
    from batchspec.run.why.gather import why as run_why

    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        for program, world in looked_at(connection, checked, run, shown):
            shown.why(run_why(program, *world, tasks or ()))
    return ExitCode.OK


def logs(
    spec: options.Spec,
    tasks: options.TasksOrGroups = None,
    *,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until they have ended.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Only of tasks that failed.")] = False,
    stdout: Annotated[bool, typer.Option("--stdout", help="Only what they print to stdout.")] = False,
    stderr: Annotated[bool, typer.Option("--stderr", help="Only what they print to stderr.")] = False,
    tail: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--tail", metavar="N", min=0, help="Begin with the last N lines of each."),
    ] = None,
    run: options.RunOf = None,
    given: Given,
    as_json: options.AsJson = False,
) -> int:
    """Show what tasks have printed: those named, or all; from storage where their nodes are gone."""
    from batchspec.compiler.members import task_ids
    from batchspec.run.logs import logs as run_logs, wanted_tasks

    streams = [name for name, asked in (("stdout", stdout), ("stderr", stderr)) if asked or stdout == stderr]
    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        for program, world in looked_at(connection, checked, run, shown):
            wanted = wanted_tasks(program, tasks or ())
            shown.tasks(task_ids(program) if wanted is None else wanted, others=wanted is None)
            found = run_logs(program, *world, tasks or (), follow=follow, failed=failed, streams=streams, tail=tail)
            shown.events(found)
    return ExitCode.OK


def download(
    spec: options.Spec,
    *,
    run: options.RunOf = None,
    given: Given,
    results: options.Results = options.RESULTS,
    as_json: options.AsJson = False,
) -> int:
    """Bring a spec's outputs home, as far as they are there."""
    from batchspec.run.download import download as run_download

    with ready([spec], given, machine=as_json) as (connection, checked, shown):
        for program, world in looked_at(connection, checked, run, shown):
            shown.events(run_download(program, *world, results))
    return ExitCode.OK
