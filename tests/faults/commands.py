"""`batchspec` commands as processes that start quickly and can be killed: see forking.py."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import Self

REPOSITORY = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


@dataclass(frozen=True)
class Ended:
    """How a command ended. code: negative for a signal."""

    code: int
    output: str


class Commands:
    """A context manager: runs commands in one folder. chunk: tasks in one request. hasty: none waits for long."""

    def __init__(self, folder: Path, chunk: int, *, hasty: bool = False) -> None:
        self.folder = folder
        self._chunk, self._hasty = chunk, hasty
        self._logs = 0

    def __enter__(self) -> Self:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forking", str(self._chunk)],
            cwd=REPOSITORY,
            env={**kept, "HOME": str(self.folder), "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(20) == 0

    def start(
        self, *arguments: str, environ: Mapping[str, str], limit: int | None = None, hasty: bool = False
    ) -> Command:
        """Run a command beside the test. limit: bytes of a file beyond which writing fails. hasty: it does not wait."""
        self._logs += 1
        log = self.folder / f"command-{self._logs}.log"
        log.touch()
        order = {
            "run": arguments,
            "folder": str(self.folder),
            "log": str(log),
            "environ": dict(environ),
            "limit": limit,
            "hasty": hasty or self._hasty,
        }
        return Command(self, self.ask(order), log)

    def run(self, *arguments: str, environ: Mapping[str, str]) -> Ended:
        """Run a command to its end."""
        return self.start(*arguments, environ=environ).wait()

    def ask(self, order: Mapping[str, Any]) -> int:
        """One order, and its answer."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())


@dataclass
class Command:
    """A command that runs."""

    of: Commands
    pid: int
    log: Path

    def kill(self) -> None:
        """SIGKILL for the command and whatever it has started."""
        self._signal(signal.SIGKILL)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._signal(signal.SIGINT)

    def wait(self) -> Ended:
        """Its end."""
        code = self.of.ask({"wait": self.pid})
        output = self.log.read_text()
        assert "Traceback" not in output, output
        return Ended(code, output)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(self.pid, number)
