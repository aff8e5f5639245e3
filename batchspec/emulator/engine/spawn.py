"""Start a process by `posix_spawn`, which takes a fifth of the CPU time of `subprocess`: 100 us less for each task."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESTORED: Final = tuple(getattr(signal, name) for name in ("SIGPIPE", "SIGXFZ", "SIGXFSZ") if hasattr(signal, name))
"""What Python ignores for itself."""


def spawn(argv: list[str], directory: str, env: Mapping[bytes, bytes], streams: tuple[int, int, int], home: str) -> int:
    """The id of a new process in a session of its own; its only descriptors of ours are the streams.

    A name without a slash is looked for in the PATH of `env`. A new process begins where its parent is, so we go to
    the directory for the moment, and then home; nothing else in here uses relative paths. OSError, or ValueError for
    what no command line or environment can hold.
    """
    actions = [(os.POSIX_SPAWN_DUP2, ours, number) for number, ours in enumerate(streams)]
    os.chdir(directory)
    try:
        program = argv[0] if "/" in argv[0] else _found(argv[0], env)
        return os.posix_spawn(program, argv, env, file_actions=actions, setsid=True, setsigdef=_RESTORED)
    finally:
        os.chdir(home)


def _found(name: str, env: Mapping[bytes, bytes]) -> str:
    given = env.get(b"PATH")
    path = os.defpath if given is None else os.fsdecode(given)
    program = shutil.which(name, path=path)
    if program is None:
        number = errno.ENOENT if shutil.which(name, os.F_OK, path) is None else errno.EACCES
        raise OSError(number, os.strerror(number), name)
    return program
