"""The bytes of blobs and blocks: one file each, under a name that says nothing.

A file means something only once a row of the database names it, so the row is the commit: a file is written
whole, then its row, and a file that no row names, left by a crash, is swept at the next start. A file never
changes, so a reader that has it open goes on reading it after its blob was replaced.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO

CHUNK = 256 * 1024


class Contents:
    """A directory of content files, 0700, each file 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def receive(self) -> Iterator[Receipt]:
        """A new file to write to. It stays if the block ends well, and goes if it raises."""
        with closing(Receipt(self._folder)) as receipt:
            try:
                yield receipt
            except BaseException:
                self.remove([receipt.name])
                raise

    def read(self, parts: Iterable[tuple[str, range]]) -> Iterator[bytes]:
        """The bytes of parts of files, one after the other, in chunks.

        The first file is open when this returns, so a reader of one file is never cut off; a later one is
        opened when its turn comes, and is gone (FileNotFoundError) if the blob was replaced meanwhile.
        """
        chunks = self._chunks(parts)
        return chain([next(chunks, b"")], chunks)

    def _chunks(self, parts: Iterable[tuple[str, range]]) -> Iterator[bytes]:
        for name, part in parts:
            with (self._folder / name).open("rb", buffering=0) as file:
                file.seek(part.start)
                left = len(part)
                while left:
                    chunk = file.read(min(left, CHUNK))
                    if not chunk:
                        raise EOFError(f"content file {name} is shorter than its row says")
                    left -= len(chunk)
                    yield chunk

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that no row names. One that stays, for whatever reason, goes at the next start."""
        for name in names:
            with suppress(OSError):
                (self._folder / name).unlink()

    def names(self) -> set[str]:
        """All files there are."""
        return {entry.name for entry in os.scandir(self._folder)}


class Receipt:
    """A content file while it is written: its name, its size, and the MD5 of what came so far. What stays empty needs
    no file: nothing is ever read of it."""

    def __init__(self, folder: Path) -> None:
        self.name = secrets.token_hex(16)
        self.size = 0
        self._folder = folder
        self._file: BinaryIO | None = None
        self._hash = hashlib.md5(usedforsecurity=False)  # the protocol's checksum

    def write(self, chunk: bytes) -> None:
        """Append; raises OSError when the disk is full."""
        if not chunk:
            return
        if self._file is None:
            self._file = open(f"{self._folder}/{self.name}", "xb", opener=_private)  # noqa: SIM115 - see `close`
        self.size += len(chunk)
        self._hash.update(chunk)
        self._file.write(chunk)

    def close(self) -> None:
        """Hand what is buffered to the system, so that a full disk shows before a row is written."""
        if self._file is not None:
            self._file.close()

    @property
    def md5(self) -> bytes:
        """The digest."""
        return self._hash.digest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
