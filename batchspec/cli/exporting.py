"""`batchspec export`: the spec of what is live."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from batchspec.cli import options
from batchspec.cli.account import account
from batchspec.cli.views import out
from batchspec.errors import ExitCode, LocalFailure, UsageError
from batchspec.spec.matrix import MAX_TASKS
from batchspec.spec.model.pool import NEW

if TYPE_CHECKING:
    from batchspec.importing.export import Live

group = typer.Typer(
    name="export",
    help="Write the spec of what is live.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_LEFT_OUT = "secrets were left out, and texts with a value of the environment of whoever applied it"
_Id = Annotated[str, typer.Argument(metavar="ID", help="Its id.", show_default=False)]
_Name = Annotated[
    str, typer.Option("--name", metavar="NAME", help="The spec's name, in place of its maker's.", show_default=False)
]
_Output = Annotated[
    Optional[Path],  # noqa: UP045  as in options
    typer.Option("--output", "-o", metavar="SPEC", help="Where to write the spec; standard output if not given."),
]
_Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
_WithPool = Annotated[
    Optional[bool],  # noqa: UP045  as in options
    typer.Option("--pool/--no-pool", help="Take its pool in. [default: when the same spec made both]"),
]


@group.callback()
def _root() -> None:
    pass


@group.command("pool", epilog="Example: batchspec export pool hexgrid -o pool.yaml")
def pool(
    id_: _Id, name: _Name = "", output: _Output = None, force: _Force = False, target: options.Target = None
) -> int:
    """Write the spec of a pool."""
    from batchspec.run.fetch import fetch_pool

    _free(output, force=force)
    with account(target) as (connection, _):
        live = fetch_pool(id_, connection.speaking(NEW), connection.clock)
    return _write(live, name, output)


@group.command("job", epilog="Example: batchspec export job hexgrid-2020-01-01 -o hexgrid.yaml")
def job(
    id_: _Id,
    name: _Name = "",
    with_pool: _WithPool = None,
    output: _Output = None,
    force: _Force = False,
    target: options.Target = None,
    max_tasks: options.MaxTasks = MAX_TASKS,
) -> int:
    """Write the spec of a job and its tasks, with its pool when the same spec made both.

    Files in its own storage container become blobs by name; other links lose their signatures. Secrets, and texts with
    a value of the environment of whoever applied it, become ${{ env.NAME }}. Tasks stand one by one, not as templates.
    """
    from batchspec.run.fetch import fetch_job

    _free(output, force=force)
    with account(target) as (connection, _):
        batch = connection.speaking(NEW)
        live = fetch_job(id_, batch, connection.clock, with_pool=with_pool, most=max_tasks)
    return _write(live, name, output)


@group.command("schedule", epilog="Example: batchspec export schedule hexgrid-daily -o daily.yaml")
def schedule(
    id_: _Id,
    name: _Name = "",
    with_pool: _WithPool = None,
    output: _Output = None,
    force: _Force = False,
    target: options.Target = None,
) -> int:
    """Write the spec of a job schedule, with its pool when the same spec made both."""
    from batchspec.run.fetch import fetch_schedule

    _free(output, force=force)
    with account(target) as (connection, _):
        batch = connection.speaking(NEW)
        live = fetch_schedule(id_, batch, connection.blobs, connection.clock, with_pool=with_pool)
    return _write(live, name, output)


def _free(output: Path | None, *, force: bool) -> None:
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} is there already", "write elsewhere, or over it with --force")


def _write(live: Live, name: str, output: Path | None) -> int:
    from batchspec.importing.export import export

    made = export(live, name)
    if output is None:
        out.write(made.text)
    else:
        try:
            output.write_text(made.text, encoding="utf-8")
        except OSError as error:
            raise LocalFailure(f"cannot write {output}: {error.strerror}") from error
    variables = [f"{_LEFT_OUT}; set {', '.join(made.variables)}"] if made.variables else []
    marked = [] if live.owner or name else ["nothing of it was made by batchspec; apply takes it over with --adopt"]
    for note in (*made.notes, *variables, *marked):
        sys.stderr.write(f"batchspec: note: {note}\n")
    return ExitCode.OK
