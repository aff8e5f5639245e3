"""Files that come here are written beside their place, as `.NAME.xxxxxxxx.part`, and take it when they are whole.

Whoever writes one holds a lock on it, which ends with the process. So what a killed process has left is known from what
another one is writing just now, and the next download into the folder removes it.
"""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

_NAME = re.compile(r"\..+\.[0-9a-f]{8}\.part")


class Parts:
    """For any number of threads."""

    def __init__(self) -> None:
        self._swept: set[Path] = set()
        self._lock = Lock()

    @contextmanager
    def whole(self, path: Path) -> Iterator[BinaryIO]:
        """A file that becomes `path` at the end of the block, unless that fails. Raises OSError."""
        with self._lock:
            if path.parent not in self._swept:
                self._swept.add(path.parent)
                _sweep(path.parent)
        part, file = _begun(path)
        try:
            with file:
                yield file
                file.flush()
                if sys.platform == "win32":
                    file.close()  # what is open cannot be moved there
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _begun(path: Path) -> tuple[Path, BinaryIO]:
    while True:
        part = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex[:8]}.part")
        file = part.open("xb")
        _lock(file)
        if part.exists():
            return part, file
        file.close()  # somebody swept it before it was locked


def _sweep(folder: Path) -> None:
    """Remove what nobody writes any more. It is in nobody's way, so nothing that fails here is told."""
    with suppress(OSError):
        left = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
        for path in left:
            with suppress(OSError), path.open("rb") as file:
                if _lock(file):
                    path.unlink()


def _lock(file: BinaryIO) -> bool:
    """Whether it is ours now. Some systems and some network disks have no locks: nothing is swept there."""
    if sys.platform == "win32":
        return False
    import fcntl  # not there on all systems

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
