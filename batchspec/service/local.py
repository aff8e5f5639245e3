"""The local target: find the service that runs for a folder, or start it."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from batchspec.errors import LocalFailure

IDLE = 300  # seconds after which a service without work stops itself
_PATIENCE = 30.0  # seconds until a service that starts must be ready
_URL = "AZURE_BATCH_ACCOUNT_URL"


class _Detached(subprocess.Popen[bytes]):
    """A process that is meant to outlive us."""

    def __del__(self, *_: object) -> None:
        """Say nothing: a Popen warns when it is collected while its process runs."""


def endpoint(folder: Path) -> Mapping[str, str]:
    """How to reach the local service of a folder, as variables of the environment; started when none runs.

    Raises LocalFailure.
    """
    root = folder / ".batchspec" / "local"
    found = running(root)
    if found is not None:
        return found
    failure = _start(root)
    if failure is None:
        found = running(root)
        if found is not None:
            return found
        failure = "it is ready, and does not answer"
    # Another command started one at the same moment, and only one can hold the directory.
    deadline = time.monotonic() + (_PATIENCE if "already runs" in failure else 1.0)
    while time.monotonic() < deadline:
        found = running(root)
        if found is not None:
            return found
        time.sleep(0.05)
    raise LocalFailure(f"the local service did not start: {failure}", f"its log is {root / 'emulator.log'}")


def running(root: Path) -> Mapping[str, str] | None:
    """How to reach the service that runs in a directory; None when none does.

    A service that was killed leaves its file behind, so the file alone proves nothing.
    """
    try:
        found = json.loads((root / "endpoint.json").read_bytes())
        os.kill(found["pid"], 0)
        url = urlsplit(found[_URL])
        with socket.create_connection((url.hostname or "", url.port or 80), timeout=2.0):
            pass
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _start(root: Path) -> str | None:
    """Start a service that outlives us; None once it is ready, else why it is not."""
    command = [sys.executable, "-m", "batchspec.emulator", "serve", "--root", str(root)]
    command += ["--idle", str(IDLE), "--json", "--detached"]
    try:
        process = _Detached(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return error.strerror or str(error)
    assert process.stdout is not None  # PIPE was asked for
    assert process.stderr is not None  # PIPE was asked for
    with process.stdout as stdout, process.stderr as stderr:
        if not select.select([stdout], [], [], _PATIENCE)[0]:
            process.terminate()
            return f"it was not ready after {_PATIENCE:.0f} seconds"
        if stdout.readline().strip():
            return None
        lines = stderr.read().decode(errors="replace").strip().splitlines()
    code = process.wait()
    return lines[-1] if lines else f"it ended with exit code {code}"
