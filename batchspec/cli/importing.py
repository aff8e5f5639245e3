"""`batchspec import`: specs from what other tools take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from batchspec.cli.writing import Force, Output, need_free, write

group = typer.Typer(name="import", help="Make specs from what other tools take.", no_args_is_help=True)


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
    output: Output = None,
    force: Force = False,
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

    need_free(output, force=force)
    made = import_rest([read(path) for path in files], Names(name, pool_id, job_id), keep_secrets=keep_secrets)
    variables = [f"secrets were left out; set {', '.join(made.variables)}"] if made.variables else []
    return write(made.text, output, [*made.notes, *variables])
