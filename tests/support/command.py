"""The command line as a user runs it: a folder with files, a process, its exit code and what it printed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BATCHSPEC = str(Path(sys.executable).with_name("batchspec"))
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    def events(self) -> list[dict[str, Any]]:
        """The JSON objects of `--json`."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def report(self) -> dict[str, Any]:
        """The report at the end of `apply --json`."""
        return dict(self.events()[-1]["report"])


@dataclass(frozen=True)
class Folder:
    """A user's folder; the environment has nothing of the person's who runs the tests."""

    path: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    patience: float = 55  # seconds that a command may take

    def write(self, files: Mapping[str, str]) -> None:
        """Make files, by their relative paths."""
        for name, text in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(text)

    def run(self, *arguments: str, **environ: str) -> Ran:
        """Run `batchspec` to its end."""
        done = subprocess.run(
            [BATCHSPEC, *arguments],
            cwd=self.path,
            env=self._environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.patience,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def start(self, *arguments: str, terminal: int | None = None, **environ: str) -> Iterator[subprocess.Popen[str]]:
        """Run `batchspec` beside the test; ended with it. terminal: what it asks at, as a file descriptor."""
        process = subprocess.Popen(
            [BATCHSPEC, *arguments],
            cwd=self.path,
            env=self._environment(environ),
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, "HOME": str(self.path), **self.environ, **more}

    @property
    def endpoint(self) -> dict[str, Any]:
        """The local service that runs for this folder."""
        return dict(json.loads((self.path / ".batchspec/local/endpoint.json").read_bytes()))

    def kill_service(self) -> None:
        """SIGKILL for the local service, which this folder's commands started."""
        os.kill(self.endpoint["pid"], signal.SIGKILL)
