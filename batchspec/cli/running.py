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
from batchspec.cli.views import View, findings, view
from batchspec.cli.views.out import ReaderGone
from batchspec.errors import BatchspecError, ExitCode
from batchspec.spec.build import Spec

_RESULTS = Path("outputs")


def apply(
    specs: options.Specs,
    param: options.Parameters = None,
    target: options.Target = None,
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
    takes it up again.
    """
    from batchspec.run.apply import apply as run_apply
    from batchspec.run.context import Options

    asked = Options(results=results, timeout=options.seconds(timeout), follow=follow, wait=wait)
    codes = [ExitCode.OK]
    with _ready(specs, param, target, machine=as_json) as (connection, checked, shown):
        shown.connected(connection.label)
        for spec in checked:
            program = connection.program(spec)
            shown.program(program)
            events = run_apply(program, connection.batch, connection.blobs, connection.clock, asked)
            try:
                codes.append(shown.events(events))
            except KeyboardInterrupt:
                shown.detached(program, _again(specs, param, target))
                raise
    return max(codes)


def status(
    spec: options.Spec,
    param: options.Parameters = None,
    target: options.Target = None,
    as_json: options.AsJson = False,
) -> int:
    """Show where a spec's work stands, and change nothing."""
    from batchspec.run.status import status as run_status

    with _ready([spec], param, target, machine=as_json) as (connection, checked, shown):
        for one in checked:
            program = connection.program(one)
            shown.status(run_status(program, connection.batch, connection.clock))
    return ExitCode.OK


def logs(
    spec: options.Spec,
    tasks: options.Tasks = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until they have ended.")] = False,
    param: options.Parameters = None,
    target: options.Target = None,
    as_json: options.AsJson = False,
) -> int:
    """Show what tasks have printed: those named, or all."""
    from batchspec.run.logs import logs as run_logs

    with _ready([spec], param, target, machine=as_json) as (connection, checked, shown):
        for one in checked:
            program = connection.program(one)
            shown.program(program)
            shown.events(
                run_logs(program, connection.batch, connection.blobs, connection.clock, tasks or (), follow=follow)
            )
    return ExitCode.OK


def download(
    spec: options.Spec,
    param: options.Parameters = None,
    target: options.Target = None,
    results: options.Results = _RESULTS,
    as_json: options.AsJson = False,
) -> int:
    """Bring a spec's outputs home, as far as they are there."""
    from batchspec.run.download import download as run_download

    with _ready([spec], param, target, machine=as_json) as (connection, checked, shown):
        for one in checked:
            program = connection.program(one)
            shown.events(run_download(program, connection.batch, connection.blobs, connection.clock, results))
    return ExitCode.OK


def destroy(
    specs: options.Specs,
    param: options.Parameters = None,
    target: options.Target = None,
    as_json: options.AsJson = False,
) -> int:
    """Remove what specs made: job, pool and outputs. Nothing that is not theirs is touched."""
    from batchspec.run.destroy import destroy as run_destroy

    with _ready(specs, param, target, machine=as_json) as (connection, checked, shown):
        for one in checked:
            program = connection.program(one)
            shown.events(run_destroy(program, connection.batch, connection.blobs, connection.clock))
    return ExitCode.OK


def _again(specs: Iterable[Path], param: Iterable[str] | None, target: str | None) -> list[str]:
    """The arguments that mean the same specs to another command."""
    made = [str(path) for path in specs]
    for given in param or ():
        made += ["-p", given]
    return [*made, "--target", target] if target else made


@contextmanager
def _ready(
    specs: Iterable[Path], param: list[str] | None, target: str | None, *, machine: bool
) -> Iterator[tuple[api.Connection, tuple[Spec, ...], View]]:
    """Check the specs before anything is connected, started or made; then connect."""
    from batchspec.cli.views.lines import JsonLines
    from batchspec.service.account import default_target

    paths = list(specs)
    place = target or default_target(os.environ)
    try:
        checked = api.check_files(paths, options.settings(param, place))
        if machine and not checked.ok:
            JsonLines().findings(checked)
        elif not machine:
            findings.show(checked)
        if not checked.ok:
            raise typer.Exit(ExitCode.SPEC_HAS_ERRORS)
        with api.connect(place, os.environ) as connection, view(machine=machine) as shown:
            yield connection, checked.specs, shown
    except BatchspecError as error:
        if machine and not isinstance(error, ReaderGone):
            JsonLines().error(error)
        raise
