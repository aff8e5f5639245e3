"""Whoever started the emulator: told when it is ready, and left behind if it asked for that."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class Caller:
    """The process that reads our standard output; with a `log`, one that goes on without us.

    A detached emulator is a child in a session of its own, so no signal of the caller's terminal reaches it. The
    process that was started stays until the child is ready, and ends with 0, or with the code that the child
    ended with. Then standard output is closed, so that who reads it to its end goes on, and what the
    emulator has to say goes to the log.
    """

    def __init__(self, as_json: bool, log: Path | None) -> None:
        self._as_json = as_json
        self._log = log
        self._ready: int | None = None

    def fork(self) -> None:
        """Go on in the child, if a log was given. To be called before there are threads or sockets."""
        if self._log is None:
            return
        told, self._ready = os.pipe()
        child = os.fork()
        if child:
            os.close(self._ready)
            os._exit(_code(told, child))
        os.close(told)
        os.setsid()

    def tell(self, variables: Mapping[str, str]) -> None:
        """Print the variables, `NAME=value` or JSON, and let a waiting caller go."""
        text = json.dumps(dict(variables)) if self._as_json else "\n".join(map("=".join, variables.items()))
        with suppress(BrokenPipeError):  # nobody listens, which is no reason not to serve
            os.write(sys.stdout.fileno(), f"{text}\n".encode())
        if self._log is None or self._ready is None:
            return
        log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.close(nothing)
        os.close(log)
        with suppress(BrokenPipeError):
            os.write(self._ready, b"!")
        os.close(self._ready)


def _code(told: int, child: int) -> int:
    """Wait until the child is ready or has ended; the code to end with."""
    try:
        if os.read(told, 1):
            return 0
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except KeyboardInterrupt:
        return 130
    return code if code >= 0 else 128 - code
