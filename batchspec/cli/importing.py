"""`batchspec import`: specs from what other tools take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from batchspec.cli.views import out
from batchspec.errors import ExitCode, LocalFailure, UsageError

group = typer.Typer(
    name="import",
    help="Make specs from what other tools take.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@group.callback()
def _root() -> None:
    pass


@group.command("rest", epilog="Example: batchspec import rest pool.json job.json tasks.json -o spec.yaml")
def rest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON files.", show_default=False)],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The spec's name.", show_default=False)] = "",
    pool_id: Annotated[
        str, typer.Option("--pool-id", metavar="ID", help="The pool of tasks without a job.", show_default=False)
    ] = "",
    job_id: Annotated[
        str, typer.Option("--job-id", metavar="ID", help="The job of tasks without a job.", show_default=False)
    ] = "",
    output: Annotated[
        Optional[Path],  # noqa: UP045  as in options
        typer.Option("--output", "-o", metavar="SPEC", help="Where to write the spec; standard output if not given."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    keep_secrets: Annotated[
        bool, typer.Option("--keep-secrets", help="Write passwords, keys and signatures into the spec as they are.")
    ] = False,
) -> int:
    """Write the spec that REST JSON says, as `az batch pool|job|task create --json-file` takes it.

    A pool, a job or a job schedule, and tasks, one by one, in a list or in a collection, in any number of files, become
    one spec. Passwords, keys and signatures become ${{ env.NAME }}.
    """
    from batchspec.importing.assemble import Names
    from batchspec.importing.rest import import_rest
    from batchspec.source import read

    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} is there already", "write elsewhere, or over it with --force")
    made = import_rest([read(path) for path in files], Names(name, pool_id, job_id), keep_secrets=keep_secrets)
    if output is None:
        out.write(made.text)
    else:
        try:
            output.write_text(made.text, encoding="utf-8")
        except OSError as error:
            raise LocalFailure(f"cannot write {output}: {error.strerror}") from error
    variables = f"secrets were left out; set {', '.join(made.variables)}" if made.variables else ""
    for note in (*made.notes, *([variables] if variables else [])):
        sys.stderr.write(f"batchspec: note: {note}\n")
    return ExitCode.OK
