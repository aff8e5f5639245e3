"""What every command that speaks to a service does first: check the specs, then connect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from batchspec import api
from batchspec.cli.account import account, place, told
from batchspec.cli.given import Given, settings
from batchspec.cli.views import View, findings
from batchspec.errors import ExitCode
from batchspec.spec.build import Spec


@contextmanager
def ready(
    specs: Sequence[Path], given: Given, *, machine: bool, applied: bool = False, aside: bool = False
) -> Iterator[tuple[api.Connection, tuple[Spec, ...], View]]:
    """Check the specs before anything is connected, started or made; then connect.

    applied: the specs are to be run, and what was found is told, errors or not; else they are only looked at or cleared
    away, and what only running needs may be missing. aside: on stderr, where stdout is for something else.
    """
    from batchspec.cli.views.lines import JsonLines

    with told(machine=machine):
        checked = api.check_files(specs, settings(given, place(given.target), lenient=not applied))
        if machine and (not checked.ok or (applied and not aside and checked.diagnostics)):
            JsonLines().findings(checked)
        elif not machine and (applied or not checked.ok):  # who looks or cleans up has seen the warnings
            findings.show(checked, aside=aside)
        elif not machine:
            findings.eased(checked)
        if not checked.ok:
            raise typer.Exit(ExitCode.SPEC_HAS_ERRORS)
    with account(given.target, machine=machine) as (connection, shown):
        yield connection, checked.specs, shown
