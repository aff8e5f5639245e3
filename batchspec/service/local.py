"""The local target: find the service that runs for a folder, or start it."""

from __future__ import annotations

import fcntl
import json
import os
import re
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
_LOG, _ENDPOINT = "emulator.log", "endpoint.json"
_TAIL = 4096  # bytes
_FULL = "is full"  # what the service's last words say of a disk
_ROOM = 1024 * 1024  # bytes of a disk
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \S+ [A-Z]+ \S+: ")


class _Detached(subprocess.Popen[bytes]):
    """A process that is meant to outlive us."""

    def __del__(self, *_: object) -> None:
        """Say nothing: a Popen warns when it is collected while its process runs."""


def endpoint(root: Path) -> Mapping[str, str]:
    """How to reach the local service of a directory, as variables of the environment; started when none runs.

    Raises LocalFailure.
    """
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
    raise LocalFailure(f"the local service did not start: {failure}", f"its log is {root / _LOG}")


def running(root: Path) -> Mapping[str, str] | None:
    """How to reach the service that runs in a directory; None when none does.

    A service that was killed leaves its file behind, so the file alone proves nothing.
    """
    try:
        found = json.loads((root / _ENDPOINT).read_bytes())
        os.kill(found["pid"], 0)
        url = urlsplit(found[_URL])
        with socket.create_connection((url.hostname or "", url.port or 80), timeout=2.0):
            pass
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {name: value for name, value in found.items() if isinstance(value, str)}


def ended(root: Path) -> LocalFailure | None:
    """That nothing serves a directory any more, and what its log says of it; None while something holds it.

    The lock tells, not `running`: a service that is just being started again will answer in a moment.
    """
    try:
        lock = os.open(root / "lock", os.O_RDONLY)
    except FileNotFoundError:
        pass
    except OSError:
        return None
    else:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return None
        finally:
            os.close(lock)
    message = f"the local service in {root} has ended"
    if (root / _ENDPOINT).exists():  # whoever ends in order, even for a full disk, takes it away
        message = f"the local service in {root} was killed"
    elif words := _last_words(root / _LOG):
        message += f'; its log ends with "{words}"'
    again = "run the same command again: it starts the service and takes the work up"
    if _FULL not in message and not _has_room(root):
        message += f"; its disk {_FULL}"
    if _FULL in message:
        reset = f'"batchspec emulator reset --root {root}" removes all that has run there'
        return LocalFailure(message, f"make room on the disk, and {again}; {reset}")
    return LocalFailure(message, again)


def _has_room(root: Path) -> bool:
    """Whether the disk that holds a directory has room for a service to start. One that tells nothing has."""
    try:
        disk = os.statvfs(root)
    except OSError:
        return True
    return disk.f_bavail * disk.f_frsize >= _ROOM


def _last_words(log: Path) -> str:
    """The last line of a log, without time and logger."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            lines = file.read().decode(errors="replace").rstrip().splitlines()
    except OSError:
        return ""
    return _STAMP.sub("", lines[-1]) if lines else ""


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
            process.wait()
            return f"it was not ready after {_PATIENCE:g} seconds{_end(root)}"
        if stdout.readline().strip():
            return None
        lines = stderr.read().decode(errors="replace").strip().splitlines()
    code = process.wait()
    return lines[-1] if lines else f"it ended with exit code {code}"


def _end(root: Path) -> str:
    """End the service that holds a directory, which whoever started it has left by now; what came of it.

    It is the one we started: had another held the directory, ours would have ended with that reason.
    """
    command = [sys.executable, "-m", "batchspec.emulator", "stop", "--root", str(root)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ", and was ended" if done.returncode == 0 else f": {done.stderr.decode(errors='replace').strip()}"
