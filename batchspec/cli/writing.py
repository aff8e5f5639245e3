"""A spec that a command has made goes to standard output, or to a file that is not there yet."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Optional

import typer

from batchspec.cli.views import out
from batchspec.errors import ExitCode, LocalFailure, UsageError

Output = Annotated[
    Optional[Path],  # noqa: UP045  as in options
    typer.Option("--output", "-o", metavar="SPEC", help="Where to write the spec; standard output if not given."),
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def need_free(output: Path | None, *, force: bool) -> None:
    """Raises UsageError for a file that is there already; force: it may be written over."""
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} is there already", "write elsewhere, or over it with --force")


def write(text: str, output: Path | None, notes: Iterable[str]) -> int:
    """Write the spec, and what there is to say of it; the exit code. Raises LocalFailure."""
    if output is None:
        out.write(text)
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise LocalFailure(f"cannot write {output}: {error.strerror}") from error
    for note in notes:
        sys.stderr.write(f"batchspec: note: {note}\n")
    return ExitCode.OK
