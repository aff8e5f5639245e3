"""What every command that speaks to a service does first: check the specs, then connect."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from batchspec import api
from batchspec.cli.given import Given, settings
from batchspec.cli.views import View, findings, view
from batchspec.cli.views.out import ReaderGone
from batchspec.errors import BatchspecError, ExitCode
from batchspec.spec.build import Spec


def with_jobs(specs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """Those that have a job; where none has, all, so that it is said."""
    return tuple(spec for spec in specs if spec.keys.job is not None) or specs


@contextmanager
def ready(
    specs: Iterable[Path], given: Given, *, machine: bool, applied: bool = False, aside: bool = False
) -> Iterator[tuple[api.Connection, tuple[Spec, ...], View]]:
    """Check the specs before anything is connected, started or made; then connect.

    applied: the specs are to be run, and what was found is told, errors or not; else they are only looked at or cleared
    away, and what only running needs may be missing. aside: on stderr, where stdout is for something else.
    """
    from batchspec.cli.views.lines import JsonLines
    from batchspec.service.account import default_target

    paths = list(specs)
    place = given.target or default_target(os.environ)
    try:
        checked = api.check_files(paths, settings(given, place, lenient=not applied))
        if machine and (not checked.ok or (applied and not aside and checked.diagnostics)):
            JsonLines().findings(checked)
        elif not machine and (applied or not checked.ok):  # who looks or cleans up has seen the warnings
            findings.show(checked, aside=aside)
        elif not machine:
            findings.eased(checked)
        if not checked.ok:
            raise typer.Exit(ExitCode.SPEC_HAS_ERRORS)
        with api.connect(place, os.environ) as connection, view(machine=machine) as shown:
            yield connection, checked.specs, shown
    except BatchspecError as error:
        if machine and not isinstance(error, ReaderGone):
            JsonLines().error(error)
        raise
