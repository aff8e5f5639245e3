"""`batchspec emulator`: hands over to the emulator's own command line."""

from __future__ import annotations

import os
import sys

import typer


def emulator(context: typer.Context) -> None:
    """Run, stop or reset the local Azure Batch and Blob service: serve, stop, reset."""
    # A process of its own, reached by URL: nothing of it is imported here.
    os.execv(sys.executable, [sys.executable, "-m", "batchspec.emulator", *context.args])  # noqa: S606  no shell is meant
