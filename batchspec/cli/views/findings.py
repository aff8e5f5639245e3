"""Findings on their way out: to stdout, in the style asked for; the summary of a text to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

from batchspec.api import Checked
from batchspec.cli.given import Format
from batchspec.cli.views import out
from batchspec.diag import Diagnostic, Severity
from batchspec.errors import BatchspecError
from batchspec.source import SourceFile, read

_EASED = 5  # notes that are shown


def show(checked: Checked, style: Format = Format.TEXT, *, counted: bool = False, aside: bool = False) -> None:
    """All that was found in some files.

    counted: say of how many specs, where there are several. aside: text goes to stderr, where stdout is for more.
    """
    found = checked.diagnostics
    if style is Format.TEXT:
        _text(checked, counted, aside)
    elif style is Format.GITHUB:
        from batchspec.diag import github

        out.write(github.render(found) + "\n" if found else "")
    else:
        import json

        from batchspec.diag import as_json, sarif

        document = (as_json if style is Format.JSON else sarif).document(found)
        out.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def eased(checked: Checked) -> None:
    """What only running would need and is not there, in a few lines on stderr."""
    from batchspec.check.lenient import EASED

    found = [one for one in checked.diagnostics if one.code in EASED and one.severity is Severity.NOTE]
    if found:
        from batchspec.diag import text

        lines = [text.head(one) for one in found[:_EASED]]
        lines += [f"... and {len(found) - _EASED:,} more notes"] if len(found) > _EASED else []
        sys.stderr.write("".join(f"{line}\n" for line in lines))


def _text(checked: Checked, counted: bool, aside: bool) -> None:
    several = f"{checked.judged:,} specs: " if counted and checked.judged > 1 else ""
    if not checked.diagnostics:
        sys.stderr.write(f"{several}nothing found\n" if several else "")
        return
    from batchspec.diag import text

    shown = text.render(checked.diagnostics, checked.sources, colour=coloured(sys.stderr if aside else sys.stdout))
    if aside:
        sys.stderr.write(f"{shown}\n")
    else:
        out.write(f"{shown}\n")
    sys.stderr.write(f"{several}{text.summary(checked.diagnostics)}\n")


def sources(diagnostics: Iterable[Diagnostic]) -> dict[str, SourceFile]:
    """The files that findings speak of, read again; one that is gone since is left out: the place alone will do."""
    made: dict[str, SourceFile] = {}
    for path in dict.fromkeys(one.span.path for one in diagnostics if one.span is not None):
        with suppress(BatchspecError):
            made[path] = read(path)
    return made


def coloured(stream: TextIO) -> bool:
    """Colour only on a terminal that wants it (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
