"""Questions before work is lost. Only a person at a terminal is asked; a script says --yes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from batchspec.errors import ExitCode, UsageError


def agreed(question: str, *, yes: bool) -> bool:
    """Whether to go on; yes: it was said beforehand. Ctrl-C is a no.

    Raises UsageError where there is no terminal to ask at.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"this needs a yes: {question}", "nobody is at a terminal to say so; give --yes")
    try:
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return False


def declined(applied: Sequence[str] = ()) -> int:
    """The exit code after a no, which is said to have had its effect. applied: the specs that came before it."""
    before = f"; applied before: {', '.join(applied)}" if applied else ""
    sys.stderr.write(f"cancelled, nothing {'more ' if applied else ''}was changed{before}\n")
    return ExitCode.INTERRUPTED


@contextmanager
def going_on(words: str) -> Iterator[None]:
    """Whoever interrupts the block is told what goes on without us."""
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{words}\n")
        raise
