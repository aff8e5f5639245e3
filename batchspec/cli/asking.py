"""Questions before work is lost. Only a person at a terminal is asked; a script says --yes."""

from __future__ import annotations

import sys

from batchspec.errors import ExitCode, UsageError


def agreed(question: str, *, yes: bool) -> bool:
    """Whether to go on; yes: it was said beforehand. Raises UsageError where there is no terminal to ask at."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"this needs a yes: {question}", "nobody is at a terminal to say so; give --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def declined() -> int:
    """The exit code after a no, which is said to have had its effect."""
    sys.stderr.write("cancelled, nothing was changed\n")
    return ExitCode.INTERRUPTED
