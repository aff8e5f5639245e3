"""The commands, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from batchspec import __version__
from batchspec.cli import (
    checking,
    emulation,
    explaining,
    exporting,
    importing,
    managing,
    planning,
    running,
    sweeping,
    watching,
)
from batchspec.cli.shared import with_given

app = typer.Typer(
    name="batchspec",
    help="Run declared work on Azure Batch, or on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich would cost as much to import as the rest of the command
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 the work succeeded, 1 the spec has errors, 2 usage, 3 plan --exit-code found changes, "
    "4 the service or this machine refused, or does not answer, 5 tasks failed or are blocked, 6 timed out, "
    "70 a bug, 130 interrupted or answered with no.",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"batchspec {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def _add(name: str, command: Callable[..., int], example: str) -> None:
    app.command(name, epilog=f"Example: batchspec {name} {example}")(with_given(command))


_add("validate", checking.validate, "specs/hexgrid.yaml")
_add("render", checking.render, "specs/hexgrid.yaml --format yaml")
_add("graph", checking.graph, "specs/hexgrid-sharded.yaml --format mermaid")
_add("explain", explaining.explain, "BS203")
_add("rules", explaining.rules, "--format json")
_add("schema", explaining.schema, "> batchspec-v1.schema.json")
app.add_typer(importing.group)
app.add_typer(exporting.group)
_add("plan", planning.plan, "specs/hexgrid.yaml --format markdown")
_add("apply", running.apply, "specs/hexgrid.yaml -p date=2020-01-02")
_add("status", watching.status, "specs/hexgrid.yaml")
_add("wait", watching.wait, "specs/hexgrid.yaml --timeout 2h")
_add("why", watching.why, "specs/hexgrid-sharded.yaml merge")
_add("logs", watching.logs, "-f specs/hexgrid-sharded.yaml merge")
_add("download", watching.download, "specs/hexgrid.yaml --results outputs")
_add("cancel", managing.cancel, "specs/hexgrid-sharded.yaml interpolate")
_add("retry", managing.retry, "specs/hexgrid-sharded.yaml --failed")
_add("destroy", managing.destroy, "specs/hexgrid.yaml")
_add("gc", sweeping.gc, "specs --older-than 30d --delete")
app.command(
    "emulator",
    add_help_option=False,  # the emulator's own command line has the help
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
)(emulation.emulator)
