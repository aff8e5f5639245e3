"""`batchspec export`: the spec of what is live."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from batchspec.cli import options
from batchspec.cli.account import account
from batchspec.cli.writing import Force, Output, need_free, write
from batchspec.spec.matrix import MAX_TASKS
from batchspec.spec.model.pool import NEW

if TYPE_CHECKING:
    from batchspec.api import Connection
    from batchspec.importing.export import Live

group = typer.Typer(name="export", help="Write the spec of what is live.", no_args_is_help=True)

_LEFT_OUT = "secrets were left out, and texts with a value of the environment of whoever applied it"
_Id = Annotated[str, typer.Argument(metavar="ID", help="Its id.", show_default=False)]
_Name = Annotated[
    str, typer.Option("--name", metavar="NAME", help="The spec's name, in place of its maker's.", show_default=False)
]
_WithPool = Annotated[
    Optional[bool],  # noqa: UP045  as in options
    typer.Option("--pool/--no-pool", help="Take its pool in. [default: when the same spec made both]"),
]


@group.command("pool", epilog="Example: batchspec export pool hexgrid -o pool.yaml")
def pool(id_: _Id, name: _Name = "", output: Output = None, force: Force = False, target: options.Target = None) -> int:
    """Write the spec of a pool."""
    from batchspec.run.fetch import fetch_pool

    def fetch(at: Connection) -> Live:
        return fetch_pool(id_, at.speaking(NEW), at.clock)

    return _export(fetch, name, output, force=force, target=target)


@group.command("job", epilog="Example: batchspec export job hexgrid-2020-01-01 -o hexgrid.yaml")
def job(
    id_: _Id,
    name: _Name = "",
    with_pool: _WithPool = None,
    output: Output = None,
    force: Force = False,
    target: options.Target = None,
    max_tasks: options.MaxTasks = MAX_TASKS,
) -> int:
    """Write the spec of a job and its tasks, with its pool when the same spec made both.

    Files in its own storage container become blobs by name; other links lose their signatures. Secrets, and texts with
    a value of the environment of whoever applied it, become ${{ env.NAME }}. Tasks stand one by one, not as templates.
    """
    from batchspec.run.fetch import fetch_job

    def fetch(at: Connection) -> Live:
        return fetch_job(id_, at.speaking(NEW), at.clock, with_pool=with_pool, most=max_tasks)

    return _export(fetch, name, output, force=force, target=target)


@group.command("schedule", epilog="Example: batchspec export schedule hexgrid-daily -o daily.yaml")
def schedule(
    id_: _Id,
    name: _Name = "",
    with_pool: _WithPool = None,
    output: Output = None,
    force: Force = False,
    target: options.Target = None,
) -> int:
    """Write the spec of a job schedule, with its pool when the same spec made both."""
    from batchspec.run.fetch import fetch_schedule

    def fetch(at: Connection) -> Live:
        return fetch_schedule(id_, at.speaking(NEW), at.blobs, at.clock, with_pool=with_pool)

    return _export(fetch, name, output, force=force, target=target)


def _export(
    fetch: Callable[[Connection], Live], name: str, output: Path | None, *, force: bool, target: str | None
) -> int:
    from batchspec.importing.export import export

    need_free(output, force=force)
    with account(target) as (connection, _):
        live = fetch(connection)
    made = export(live, name)
    variables = [f"{_LEFT_OUT}; set {', '.join(made.variables)}"] if made.variables else []
    marked = [] if live.owner or name else ["nothing of it was made by batchspec; apply takes it over with --adopt"]
    return write(made.text, output, [*made.notes, *variables, *marked])
