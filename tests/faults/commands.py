"""`batchspec` commands as processes that start quickly and can be killed: see forking.py."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """A context manager: runs commands in one folder. chunk: tasks in one request. hasty: they do not wait for long."""

    def __init__(self, folder: Path, chunk: int, *, hasty: bool = False) -> None:
        self.folder = folder
        self._arguments = [str(chunk), *["hasty"] * hasty]
        self._logs = 0

    def __enter__(self) -> Self:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forking", *self._arguments],
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

    def start(self, *arguments: str, environ: Mapping[str, str], limit: int | None = None) -> Command:
        """Run a command beside the test. limit: bytes of a file beyond which writing fails."""
        self._logs += 1
        log = self.folder / f"command-{self._logs}.log"
        order = {
            "run": arguments,
            "folder": str(self.folder),
            "log": str(log),
            "environ": dict(environ),
            "limit": limit,
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
    killed: threading.Event = field(default_factory=threading.Event)

    def kill(self) -> None:
        """SIGKILL for the command and whatever it has started."""
        os.killpg(self.pid, signal.SIGKILL)
        self.killed.set()

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self.pid, signal.SIGINT)

    def wait(self) -> Ended:
        """Its end."""
        code = self.of.ask({"wait": self.pid})
        output = self.log.read_text()
        assert "Traceback" not in output, output
        return Ended(code, output)
