"""The commands, by name."""

from __future__ import annotations

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

app = typer.Typer(
    name="batchspec",
    help="Run declared work on Azure Batch, or on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich would cost as much to import as the rest of the command
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 the work succeeded, 1 the spec has errors, 2 usage, 3 plan --exit-code found changes, "
    "4 the service or this machine refused, or does not answer, 5 tasks failed or are blocked, 6 timed out, "
    "70 a bug, 130 interrupted.",
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


app.command("validate", epilog="Example: batchspec validate specs/hexgrid.yaml")(checking.validate)
app.command("render", epilog="Example: batchspec render specs/hexgrid.yaml --format yaml")(checking.render)
app.command("explain", epilog="Example: batchspec explain BS203")(explaining.explain)
app.command("rules", epilog="Example: batchspec rules --format json")(explaining.rules)
app.command("schema", epilog="Example: batchspec schema > batchspec-v1.schema.json")(explaining.schema)
app.add_typer(importing.group)
app.add_typer(exporting.group)
app.command("plan", epilog="Example: batchspec plan specs/hexgrid.yaml --format markdown")(planning.plan)
app.command("apply", epilog="Example: batchspec apply specs/hexgrid.yaml -p date=2020-01-02")(running.apply)
app.command("status", epilog="Example: batchspec status specs/hexgrid.yaml")(watching.status)
app.command("wait", epilog="Example: batchspec wait specs/hexgrid.yaml --timeout 2h")(watching.wait)
app.command("why", epilog="Example: batchspec why specs/hexgrid-sharded.yaml merge")(watching.why)
app.command("logs", epilog="Example: batchspec logs -f specs/hexgrid-sharded.yaml merge")(watching.logs)
app.command("download", epilog="Example: batchspec download specs/hexgrid.yaml --results outputs")(watching.download)
app.command("cancel", epilog="Example: batchspec cancel specs/hexgrid-sharded.yaml interpolate")(managing.cancel)
app.command("retry", epilog="Example: batchspec retry specs/hexgrid-sharded.yaml --failed")(managing.retry)
app.command("destroy", epilog="Example: batchspec destroy specs/hexgrid.yaml")(managing.destroy)
app.command("gc", epilog="Example: batchspec gc specs --older-than 30d --delete")(sweeping.gc)
app.command(
    "emulator",
    add_help_option=False,  # the emulator's own command line has the help
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
)(emulation.emulator)
