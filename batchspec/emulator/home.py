"""The directory that an emulator lives in: who holds it, its key and ports, and where it can be reached.

| name | what |
| --- | --- |
| `lock` | held with flock while an emulator runs; names it and its process, and so proves that it lived here |
| `account.json` | the account's name, its key, and the ports that it was served on |
| `endpoint.json` | how to reach the emulator that runs now; gone when none does |
| `emulator.log` | what a detached emulator has to say |
| `state.db`, `nodes`, `trash` | the Batch service |
| `blobs.db`, `blobs` | the Blob service |

The directory is 0700, files are 0600. Nothing else in it is ours, and nothing else is ever removed. A directory that
holds one of these names already is not taken, for then it could not be told whose it is.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

ACCOUNT_NAME = "batchspec"
LOG_NAME = "emulator.log"

_LOCK_PATIENCE = 0.5  # seconds: a look at the lock, by `stop` or another `serve`, holds it for a moment
_KEPT_PORTS = 64
_SIGNATURE = "batchspec emulator"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_DATABASES = ("state.db", "blobs.db")
_OURS = (
    "endpoint.json",
    "account.json",
    ".endpoint.json.new",
    ".account.json.new",
    LOG_NAME,
    *(name + suffix for name in _DATABASES for suffix in ("", "-wal", "-shm")),
    "blobs",
    "nodes",
    "trash",
)


class HomeError(Exception):
    """What keeps the emulator from its directory, in one sentence that says what to do."""


class AlreadyRunning(HomeError):
    """Another process holds the directory."""

    def __init__(self, root: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"an emulator already runs in {root} ({who}); stop it with: batchspec emulator stop --root {root}"
        )
        self.pid = pid


@dataclass(frozen=True)
class Identity:
    """What stays the same from run to run: the account's name and key, and the ports so far, newest last."""

    name: str
    key_base64: str
    ports: tuple[int, ...]

    def on_port(self, port: int) -> Identity:
        """The same account, served on this port now."""
        others = tuple(known for known in self.ports if known != port)
        return replace(self, ports=(*others, port)[-_KEPT_PORTS:])


class Home:
    """An emulator's directory."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def make(self) -> None:
        """Make the directory if it is not there. Raises HomeError."""
        with self._usable():
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self.root.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the directory alone. Raises AlreadyRunning, or HomeError, also where others keep what has our names."""
        with self._usable():
            lock = self._acquire()
        try:
            with self._usable():
                self._check_free(lock)
                _sign(lock, str(os.getpid()))
            yield
            _sign(lock, "")
        finally:
            os.close(lock)

    def lived_in(self) -> bool:
        """Whether an emulator was ever served from here: the lock or the account's file says so, no other name."""
        with suppress(OSError):
            if (self.root / "lock").read_bytes().startswith(_SIGNATURE.encode()):
                return True
        try:
            self._known_identity()
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return True

    def holder(self) -> int | None:
        """The process that holds the directory, 0 while it does not say, None when nobody does."""
        try:
            lock = os.open(self.root / "lock", os.O_RDWR)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.unusable(error) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            # whoever is named holds it: the name is written under the lock, and a pid alone proves nothing
            return _signed_by(lock)
        finally:
            os.close(lock)
        return None

    def identity(self) -> Identity:
        """The account of this directory, made on first use. Raises HomeError when its file is damaged."""
        try:
            identity = self._known_identity()
        except FileNotFoundError:
            key = base64.b64encode(secrets.token_bytes(64)).decode()
            identity = Identity(ACCOUNT_NAME, key, ())
            self.save(identity)
        except OSError as error:
            raise self.unusable(error) from None
        except (ValueError, KeyError, TypeError) as error:
            raise self.damaged("account.json", error) from None
        return identity

    def save(self, identity: Identity) -> None:
        """Write the account's file."""
        self._write(
            "account.json",
            {"account": identity.name, "key": identity.key_base64, "ports": list(identity.ports)},
        )

    def publish(self, endpoint: Mapping[str, object]) -> None:
        """Say how the running emulator can be reached."""
        self._write("endpoint.json", endpoint)

    def withdraw(self) -> None:
        """Say that it can no longer be reached."""
        with suppress(FileNotFoundError):
            (self.root / "endpoint.json").unlink()

    def clear(self) -> list[str]:
        """Remove all that the emulator made, while holding the directory, and name it."""
        removed = []
        for name in _OURS:
            path = self.root / name
            if not os.path.lexists(path):
                continue
            try:
                _remove(path)
            except OSError as error:
                raise HomeError(f"cannot remove {path}: {error.strerror}") from None
            removed.append(name)
        (self.root / "lock").unlink()
        with suppress(OSError):  # something of the user's stands in it
            self.root.rmdir()
        return removed

    def unusable(self, error: OSError) -> HomeError:
        """The sentence for a directory or file that the system refuses."""
        path = error.filename or self.root
        if error.errno in _FULL:
            return HomeError(
                f"the disk that holds {self.root} is full; make room there, or remove all that has run here with:"
                f" batchspec emulator reset --root {self.root}"
            )
        return HomeError(f"cannot use {path}: {error.strerror}; make room and give access there")

    @contextmanager
    def explained(self, what: str, *damage: type[Exception]) -> Iterator[None]:
        """Around the use of what is in here: what the world does to it, and `damage`, as a HomeError."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if "full" in str(error):
                raise self.unusable(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from None
            raise self.damaged(what, error) from None
        except damage as error:
            raise self.damaged(what, error) from None
        except OSError as error:
            raise self.unusable(error) from None

    def damaged(self, what: str, error: Exception) -> HomeError:
        """The sentence for a file that does not hold what it should."""
        return HomeError(
            f"{what} in {self.root} is damaged ({error});"
            f" start afresh with: batchspec emulator reset --root {self.root}"
        )

    def of_another_version(self, what: str, error: Exception) -> HomeError:
        """The sentence for a file that is whole, and that this version cannot read."""
        return HomeError(
            f"{what} in {self.root} was made by another version of batchspec ({error}); go on with that one,"
            f" or start afresh, without what has run here, with: batchspec emulator reset --root {self.root}"
        )

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self.unusable(error) from None

    def _known_identity(self) -> Identity:
        """FileNotFoundError without one; another OSError, ValueError, KeyError or TypeError for a damaged one."""
        document = json.loads((self.root / "account.json").read_bytes())
        identity = Identity(document["account"], document["key"], tuple(map(int, document["ports"])))
        if len(base64.b64decode(identity.key_base64, validate=True)) != 64:
            raise ValueError("the key has not 64 bytes")
        return identity

    def _check_free(self, lock: int) -> None:
        """What stands under our names must be ours: a reset would remove it."""
        if self.lived_in():
            return
        taken = [name for name in _OURS if os.path.lexists(self.root / name)]
        if os.fstat(lock).st_size:
            taken.append("lock")
        elif taken:
            (self.root / "lock").unlink()  # made just now, to be held
        if taken:
            raise HomeError(f"{self.root} holds {', '.join(taken)}, made by no emulator; move it away")

    def _acquire(self) -> int:
        deadline = time.monotonic() + _LOCK_PATIENCE
        path = self.root / "lock"
        while True:
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # a reset may have removed the file between the two calls; the lock on it is worth nothing
                if path.exists() and os.path.samestat(os.fstat(lock), path.stat()):
                    return lock
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise AlreadyRunning(self.root, _signed_by(lock)) from None
                time.sleep(0.02)
            os.close(lock)

    def _write(self, name: str, document: Mapping[str, object]) -> None:
        """Whole or not at all, and never readable for others."""
        path, new = self.root / name, self.root / f".{name}.new"
        with self._usable():
            with open(new, "w", encoding="utf-8", opener=_private) as file:
                json.dump(document, file, indent=1)
            new.replace(path)


def _sign(lock: int, who: str) -> None:
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{_SIGNATURE} {who}".encode(), 0)


def _signed_by(lock: int) -> int:
    """The process that a lock names, 0 when it names none yet."""
    pid = os.pread(lock, 64, 0).rpartition(b" ")[2]
    return int(pid) if pid.isdigit() else 0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    # a task may leave directories behind that nobody may list or write
    for folder, below, _ in os.walk(path):
        for name in below:
            inner = Path(folder, name)
            if not inner.is_symlink():
                inner.chmod(0o700)
    shutil.rmtree(path)
