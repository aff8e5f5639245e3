"""Commands that speak to a service: apply, status, logs, download, destroy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Optional

import typer

from batchspec import api
from batchspec.cli import options
from batchspec.cli.given import Given, settings
from batchspec.cli.views import View, findings, view
from batchspec.cli.views.out import ReaderGone
from batchspec.errors import BatchspecError, ExitCode, UsageError
from batchspec.spec.build import Spec
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
    with _ready(specs, given, machine=as_json, applied=True) as (connection, checked, shown):
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
    with _ready([spec], given, machine=as_json) as (
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
    with _ready([spec], given, machine=as_json) as (
        connection,
        checked,
        shown,
    ):
        for one in _with_jobs(checked):
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
    with _ready([spec], given, machine=as_json) as (
        connection,
        checked,
        shown,
    ):
        for one in _with_jobs(checked):
            program = connection.program(one)
            shown.events(run_download(program, connection.batch(program), connection.blobs, connection.clock, results))
    return ExitCode.OK


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
    with _ready(specs, given, machine=as_json) as (connection, checked, shown):
        for one in reversed(checked):  # what others use stands before them
            program = connection.program(one)
            shown.events(run_destroy(program, connection.batch(program), connection.blobs, connection.clock))
    return ExitCode.OK


def _with_jobs(specs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """Those that have a job; where none has, all, so that it is said."""
    return tuple(spec for spec in specs if spec.keys.job is not None and spec.keys.schedule is None) or specs


@contextmanager
def _ready(
    specs: Iterable[Path], given: Given, *, machine: bool, applied: bool = False
) -> Iterator[tuple[api.Connection, tuple[Spec, ...], View]]:
    """Check the specs before anything is connected, started or made; then connect."""
    from batchspec.cli.views.lines import JsonLines
    from batchspec.service.account import default_target

    paths = list(specs)
    place = given.target or default_target(os.environ)
    try:
        checked = api.check_files(paths, settings(given, place))
        if machine and not checked.ok:
            JsonLines().findings(checked)
        elif not machine and (applied or not checked.ok):  # who looks or cleans up has seen the warnings
            findings.show(checked)
        if not checked.ok:
            raise typer.Exit(ExitCode.SPEC_HAS_ERRORS)
        if applied and any(spec.keys.schedule is not None for spec in checked.specs):
            from batchspec.run.apply import NO_SCHEDULES

            raise UsageError(*NO_SCHEDULES)
        with api.connect(place, os.environ) as connection, view(machine=machine) as shown:
            yield connection, checked.specs, shown
    except BatchspecError as error:
        if machine and not isinstance(error, ReaderGone):
            JsonLines().error(error)
        raise
