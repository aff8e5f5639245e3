"""Processes that a task left behind in a session of their own, where no signal to its group reaches them.

A daemon is a process whose parent has ended. Linux lets this process be the parent of all such that come from
its tasks, so that one look at its own children, a single read, finds them: no scan of all processes. Whose an orphan
is says its environment, which it had from its task. One that has another there is ended once nothing runs
that it could belong to.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_PR_SET_CHILD_SUBREAPER: Final = 36  # linux/prctl.h
_MARK: Final = b"AZ_BATCH_TASK_DIR="
_CHUNK: Final = 1 << 16


@dataclass(eq=False, slots=True)
class Orphans:
    """Used on the main thread, by a process whose only children are tasks' processes."""

    leaders: Callable[[], dict[int, str]]
    """The processes that were started and not collected yet, with the directory of each task."""
    _children: int = -1
    _known: dict[int, tuple[int, bytes | None]] = field(default_factory=dict)

    def adopt(self) -> None:
        """Be the parent of orphans from now on, where the system can do that; else nothing is ever found."""
        with suppress(OSError, AttributeError):  # another system, or one without pidfds or the list of children
            children = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY | os.O_CLOEXEC)
            os.close(os.pidfd_open(os.getpid()))
            if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
                os.close(children)
            else:
                self._children = children

    def look(self, running: int) -> None:
        """End the orphans of tasks that do not run any more; `running` is the number of leaders."""
        if self._children < 0:
            return
        children = self._read()
        if len(children) == running + len(self._known):
            if not self._known:
                return  # nearly always
        else:
            leaders = self.leaders()
            for pid in children:
                if pid not in leaders and pid not in self._known:
                    self._take(pid)
        self._end(self.leaders().values())

    def close(self) -> None:
        """End all of them, without waiting."""
        if self._children < 0:
            return
        self.look(0)
        self._end(())
        for pid in tuple(self._known):
            self._forget(pid)
        os.close(self._children)
        self._children = -1

    def _read(self) -> list[int]:
        text, at = b"", 0
        while chunk := os.pread(self._children, _CHUNK, at):
            text += chunk
            at += len(chunk)
        return [int(pid) for pid in text.split()]

    def _take(self, pid: int) -> None:
        with suppress(OSError):  # no descriptor is left: the next look finds it again
            pidfd = os.pidfd_open(pid)
            self._known[pid] = pidfd, _directory(pid)
            asyncio.get_running_loop().add_reader(pidfd, self._over, pid)

    def _end(self, running: Collection[str]) -> None:
        live = {os.fsencode(directory) for directory in running}
        for pidfd, directory in self._known.values():
            if (directory not in live) if directory is not None else not live:
                with suppress(OSError):  # it has ended, or has another user
                    signal.pidfd_send_signal(pidfd, signal.SIGKILL)

    def _over(self, pid: int) -> None:
        """It is a zombie: collect it, and see to the children that it leaves to us."""
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        self._forget(pid)
        self.look(len(self.leaders()))

    def _forget(self, pid: int) -> None:
        pidfd, _ = self._known.pop(pid)
        asyncio.get_running_loop().remove_reader(pidfd)
        os.close(pidfd)


def _directory(pid: int) -> bytes | None:
    """The directory of the task from which a process comes; None when it does not say."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return None
    marks = (entry[len(_MARK) :] for entry in environment.split(b"\0") if entry.startswith(_MARK))
    return next(marks, None)
