"""Findings on their way out: text for people goes to stderr with its summary, JSON to stdout."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from batchspec.api import Checked
from batchspec.cli.views import out


def show(checked: Checked, *, machine: bool) -> None:
    """All that was found in some files."""
    if machine:
        import json

        from batchspec.diag import as_json

        out.write(json.dumps(as_json.document(checked.diagnostics), indent=2, ensure_ascii=False) + "\n")
    elif checked.diagnostics:
        from batchspec.diag import text

        shown = text.render(checked.diagnostics, checked.sources, colour=coloured(sys.stdout))
        out.write(f"{shown}\n")
        sys.stderr.write(f"{text.summary(checked.diagnostics)}\n")


def coloured(stream: TextIO) -> bool:
    """Colour only on a terminal that wants it (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
