"""Standard output, whose reader may go away and whose disk may be full."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from batchspec.errors import BatchspecError, LocalFailure


class ReaderGone(BatchspecError):
    """Nobody reads our output any more (`| head`): we end without a word, as programs do."""

    exit_code = 128 + signal.SIGPIPE  # as a shell reports a program that SIGPIPE ended


def write(text: str) -> None:
    """Write and flush. Raises ReaderGone, LocalFailure."""
    with _output():
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:  # half a character in a file's name, or a terminal without all of Unicode
            encoding = sys.stdout.encoding
            sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()


@contextmanager
def _output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _close()
        raise ReaderGone("") from None
    except OSError as error:
        _close()
        raise LocalFailure(f"cannot write the output: {error.strerror}") from error


def _close() -> None:
    """Let what is still in the buffer go nowhere: Python would try again, and complain, when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
