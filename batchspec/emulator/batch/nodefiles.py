"""Files below a node's directory, and nothing else.

A name is refused when it, or a symbolic link on its way, leads out of the node; pipes, sockets and devices,
which could block or worse, count as absent.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread

from batchspec.emulator.wire.errors import BatchError

CHUNK = 256 * 1024


@dataclass(frozen=True)
class NodeFile:
    """A file or directory: its name below the root that was asked, and what the file system says of it."""

    name: str
    path: Path
    status: os.stat_result

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def mode(self) -> str:
        """The mode as the service writes it, type bits and all."""
        return f"0o{self.status.st_mode:o}"

    @property
    def created(self) -> float:
        """The earliest time that the file system knows; Linux does not tell of creation itself."""
        return min(self.status.st_mtime, self.status.st_ctime)


def find_file(root: Path, name: str, fence: Path) -> NodeFile:
    """The file `name` below `root`; raises FileNotFound when there is none within `fence`, the node."""
    path = _resolve(root, name, fence)
    try:
        status = path.lstat()
    except OSError:
        raise _absent(name) from None
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise _absent(name)
    return NodeFile(name.strip("/"), path, status)


def list_files(root: Path, fence: Path, *, recursive: bool) -> list[NodeFile]:
    """What lies below `root`, by name; links to directories are shown, never followed."""
    return sorted(_walk(root, "", fence.resolve(), recursive=recursive), key=lambda file: file.name)


def delete_file(root: Path, name: str, fence: Path, *, recursive: bool) -> None:
    """Delete a file, a link itself, or a directory; one with content only when `recursive`."""
    parent = _resolve(root, str(Path(name).parent), fence)
    path = parent / Path(name).name
    if Path(name).name in ("", "..") or path.resolve() == fence.resolve():
        raise _absent(name)
    try:
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
        elif recursive:
            shutil.rmtree(path)
        else:
            path.rmdir()
    except FileNotFoundError:
        raise _absent(name) from None
    except OSError as error:
        reason = f"cannot be deleted: {error.strerror}"
        raise BatchError("OperationInvalidForCurrentState", [("Reason", reason)]) from None


async def stream(file: NodeFile, start: int, length: int) -> AsyncIterator[bytes]:
    """`length` bytes from `start`, read in a thread.

    Opened only now: a caller that hangs up before the first byte leaves no descriptor behind. Ends short,
    which the caller notices by the length it was told, when the file was truncated or replaced meanwhile.
    """
    # O_NOFOLLOW and O_NONBLOCK hold against a link or a pipe put there since the name was resolved
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = await anyio.to_thread.run_sync(os.open, file.path, flags)
    try:
        while length:
            chunk = await anyio.to_thread.run_sync(os.pread, descriptor, min(CHUNK, length), start)
            if not chunk:
                return
            yield chunk
            start += len(chunk)
            length -= len(chunk)
    finally:
        os.close(descriptor)


def _resolve(root: Path, name: str, fence: Path) -> Path:
    parts = name.strip("/").split("/")
    if "\0" in name or ".." in parts:
        raise _absent(name)
    try:
        path = root.joinpath(*parts).resolve(strict=True)
    except (OSError, RuntimeError):
        raise _absent(name) from None
    if not path.is_relative_to(fence.resolve()):
        raise _absent(name)
    return path


def _walk(directory: Path, prefix: str, fence: Path, *, recursive: bool) -> Iterator[NodeFile]:
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return  # gone while we looked, or closed to us
    for entry in entries:
        name = prefix + entry.name
        path = Path(entry.path)
        if entry.is_symlink() and not path.resolve().is_relative_to(fence):
            continue
        try:
            status = entry.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
            yield NodeFile(name, path, status)
        if recursive and entry.is_dir(follow_symlinks=False):
            yield from _walk(path, f"{name}/", fence, recursive=True)


def _absent(name: str) -> BatchError:
    return BatchError("FileNotFound", [("FilePath", name)])
