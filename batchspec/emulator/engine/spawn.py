"""Start a process by `posix_spawn`, which takes a fifth of the CPU time of `subprocess`: 100 us less for each task."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_RESTORED: Final = tuple(getattr(signal, name) for name in ("SIGPIPE", "SIGXFZ", "SIGXFSZ") if hasattr(signal, name))
"""What Python ignores for itself."""

_HERE: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC


def spawn(argv: list[str], directory: str, env: Mapping[bytes, bytes], streams: tuple[int, int, int]) -> int:
    """The id of a new process in a session of its own; its only descriptors of ours are the streams.

    A name without a slash is looked for in the PATH of `env`. OSError, or ValueError for what no command line or
    environment can hold.
    """
    actions = [(os.POSIX_SPAWN_DUP2, ours, number) for number, ours in enumerate(streams)]
    with _within(directory):
        program = argv[0] if "/" in argv[0] else _found(argv[0], env)
        return os.posix_spawn(program, argv, env, file_actions=actions, setsid=True, setsigdef=_RESTORED)


def _found(name: str, env: Mapping[bytes, bytes]) -> str:
    path = env.get(b"PATH")
    program = shutil.which(name, path=os.defpath if path is None else os.fsdecode(path))
    if program is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return program


@contextmanager
def _within(directory: str) -> Iterator[None]:
    """Be there for the moment. A new process begins where its parent is; nothing else in here uses relative paths."""
    before = os.open(".", _HERE)
    try:
        os.chdir(directory)
        yield
    finally:
        os.fchdir(before)
        os.close(before)
