"""`validate` itself, which knows nothing of the words that it was asked with."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from pathlib import Path

from batchspec import api
from batchspec.cli.given import Format, Given, settings
from batchspec.cli.views import findings
from batchspec.errors import ExitCode


def validate(
    specs: Sequence[Path],
    given: Given | None = None,
    output: Format = Format.TEXT,
    *,
    as_of: str | None = None,
    strict: bool = False,
) -> int:
    """Check specs and show what was found; the exit code."""
    gc.set_threshold(1_000_000)  # this process ends soon: to look for garbage among 10,000 tasks is not worth it
    given = given or Given()
    checked = api.validate(specs, settings(given, given.target, offline=True, as_of=as_of))
    checked = checked.strict() if strict else checked
    findings.show(checked, output, counted=True)
    return ExitCode.OK if checked.ok else ExitCode.SPEC_HAS_ERRORS


def of_plain(arguments: Sequence[str]) -> list[Path] | None:
    """The specs of `validate SPEC...` when that is all; options, and what is wrong with them, are Typer's to read."""
    if arguments[:1] != ["validate"] or len(arguments) == 1 or "_BATCHSPEC_COMPLETE" in os.environ:
        return None
    words = arguments[1:]
    return None if any(not word or word.startswith("-") for word in words) else [Path(word) for word in words]
