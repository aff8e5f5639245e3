"""What nobody may be able to make a validation do: open what is not the spec's, write, connect, start a process.

An audit hook sees each such call before it is made (https://docs.python.org/3/library/audit_events.html). A hook stays
for as long as its process, so this one is installed once, and sleeps outside of `watched`.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import batchspec

_NEVER = (
    "socket.", "subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "os.system", "os.fork", "os.startfile", "os.remove",
    "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.kill", "shutil.",
    "ctypes.", "urllib.", "webbrowser.", "pty.", "tempfile.", "http.", "ftplib.", "smtplib.",
)  # fmt: skip
_LOOKS = ("open", "os.listdir", "os.scandir")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Broken(Exception):
    """A promise of ours that an input made us break."""


class _Watch:
    def __init__(self) -> None:
        self.folder: str | None = None
        self.seen: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.folder is None:
            return
        if event in _LOOKS:
            self._look(event, self.folder, arguments)
        elif event.startswith(_NEVER):
            self._refuse(f"{event} {_shown(arguments)}")

    def _look(self, event: str, folder: str, arguments: tuple[Any, ...]) -> None:
        path = arguments[0]
        if isinstance(path, int) or (path is None and event == "open"):  # a descriptor that is open already
            return
        name = os.path.realpath(os.fsdecode(path if path is not None else "."))
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            self._refuse(f"write {name!r}")
        elif not _below(name, folder) and not any(_below(name, one) for one in _own()):
            self._refuse(f"{event} {name!r}")

    def _refuse(self, what: str) -> None:
        self.seen.append(what)  # the code may catch what we raise
        raise Broken(what)


def _shown(arguments: tuple[Any, ...]) -> str:
    return ", ".join(repr(one)[:80] for one in arguments)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


@cache
def _own() -> tuple[str, ...]:
    """Python's own modules, those that are installed, and the package with its data."""
    package = Path(batchspec.__file__).resolve().parent
    named = [
        *sysconfig.get_paths().values(),
        sys.prefix,
        sys.base_prefix,
        str(package),
        str(package.parent / "schemas"),
    ]
    zone = os.environ.get("PYTHONTZPATH", "/usr/share/zoneinfo")
    return tuple({os.path.realpath(one) for one in (*named, zone)})


_watch = _Watch()


@cache
def _install() -> None:
    sys.addaudithook(_watch)


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Nothing but the folder is looked at meanwhile, and nothing is changed. Raises Broken."""
    _own()
    _install()
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    _watch.seen.clear()
    _watch.folder = os.path.realpath(folder)
    try:
        yield
    finally:
        _watch.folder, sys.dont_write_bytecode = None, writes
    if _watch.seen:
        raise Broken(_watch.seen[0])
