"""Processes of tasks, each the leader of its own session and group, so that all it started can be ended."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from batchspec.emulator.engine.orphans import Orphans
from batchspec.emulator.engine.spawn import spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

POLL = 0.01
"""Seconds between looks at the processes where the system has no pidfd."""

_FOR_CERTAIN = 5.0
"""Seconds after SIGKILL when a process hangs in the kernel, or is another user's."""

_MOMENT = 1000
"""Milliseconds that a process may take to vanish after SIGKILL."""

_SWEEPS = 10
"""Looks for leftovers: what is ended may have started another just before."""

_APPEND: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Process:
    pid: int
    directory: str
    on_exit: Callable[[int], None]
    """Called once with the exit code; 128 + N for an end by signal N."""
    pidfd: int | None = None
    timer: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class Processes:
    """All processes of the engine, watched by the running event loop: no thread, nothing per process but a pidfd."""

    grace: float
    """Seconds between SIGTERM and SIGKILL."""
    alone: bool = False
    """Whether this process has no other children, so that it may take care of orphans."""
    _live: set[Process] = field(default_factory=set)
    _poller: asyncio.TimerHandle | None = None
    _silenced: bool = False
    _null: int = -1
    _home: str = field(default_factory=os.getcwd)
    _empty: asyncio.Event = field(default_factory=asyncio.Event)
    _orphans: Orphans = field(init=False)

    def __post_init__(self) -> None:
        self._orphans = Orphans(lambda: {process.pid: process.directory for process in self._live})

    def spawn(self, argv: list[str], directory: str, env: Mapping[bytes, bytes],
              on_exit: Callable[[int], None]) -> Process:  # fmt: skip
        """Start a command in `wd` below the directory, with its two output files emptied. OSError or ValueError as from
        `spawn`."""
        if self._null < 0:
            self._null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            if self.alone:
                self._orphans.adopt()
        stdout = os.open(f"{directory}/stdout.txt", _APPEND, 0o600)
        try:
            stderr = os.open(f"{directory}/stderr.txt", _APPEND, 0o600)
            try:
                # All our other descriptors are close-on-exec (PEP 446).
                pid = spawn(argv, f"{directory}/wd", env, (self._null, stdout, stderr), self._home)
            finally:
                os.close(stderr)
        finally:
            os.close(stdout)
        process = Process(pid, directory, on_exit)
        self._live.add(process)
        self._watch(process)
        return process

    def kill(self, process: Process, *, at_once: bool) -> None:
        """End a process and its group; `on_exit` follows."""
        if process not in self._live:
            return
        if at_once:
            _signal(process, signal.SIGKILL)
        elif process.timer is None:
            _signal(process, signal.SIGTERM)
            loop = asyncio.get_running_loop()
            process.timer = loop.call_later(self.grace, _signal, process, signal.SIGKILL)

    async def stop(self) -> None:
        """End all, politely and then for certain; no `on_exit` is called any more."""
        self._silenced = True
        for process in tuple(self._live):
            self.kill(process, at_once=False)
        if self._live:
            try:
                await asyncio.wait_for(self._empty.wait(), self.grace + _FOR_CERTAIN)
            except asyncio.TimeoutError:
                pids = ", ".join(str(process.pid) for process in self._live)
                _log.error("these processes cannot be ended, end them by hand: %s", pids)
        self._orphans.close()
        if self._poller is not None:
            self._poller.cancel()
        if self._null >= 0:
            os.close(self._null)
            self._null = -1

    def _watch(self, process: Process) -> None:
        try:
            process.pidfd = os.pidfd_open(process.pid)
        except (AttributeError, OSError):  # not Linux, or no descriptor left
            if self._poller is None:
                self._poll()
        else:
            asyncio.get_running_loop().add_reader(process.pidfd, self._over, process)

    def _poll(self) -> None:
        for process in [process for process in self._live if process.pidfd is None]:
            # WNOWAIT leaves it a zombie, which keeps its group id from being used again.
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self._over(process)
        loop = asyncio.get_running_loop()
        polled = any(process.pidfd is None for process in self._live)
        self._poller = loop.call_later(POLL, self._poll) if polled else None

    def _over(self, process: Process) -> None:
        """The leader is a zombie: end what it left behind, then collect it."""
        _signal(process, signal.SIGKILL)
        code = _collect(process.pid)
        if process.pidfd is not None:
            asyncio.get_running_loop().remove_reader(process.pidfd)
            os.close(process.pidfd)
        if process.timer is not None:
            process.timer.cancel()
        self._live.discard(process)
        self._orphans.look(len(self._live))
        if self._silenced and not self._live:
            self._empty.set()
        if not self._silenced:
            process.on_exit(code if code >= 0 else 128 - code)


def _collect(pid: int) -> int:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:  # whoever started this process made it ignore SIGCHLD: no code is ever known
        return 0


def _signal(process: Process, number: signal.Signals) -> None:
    """To the whole group. Its leader is not collected yet, so the id cannot be someone else's."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        # macOS says so of a group that is all zombies; Linux of one that has changed its user, as by sudo.
        if sys.platform != "darwin":
            _log.warning("the processes in %s have another user: %s has no effect", process.directory, number.name)


def end_leftovers(nodes: Path) -> int:
    """SIGKILL all processes that a dead engine left behind: those whose environment names a node below `nodes`.

    Unlike a list of process ids, this needs no write for each task, finds what has left its group, and cannot take
    a recycled id for ours: the process is held by a pidfd before it is looked at.
    """
    mark = f"AZ_BATCH_NODE_ROOT_DIR={nodes}/"
    proc = Path("/proc")
    if (proc / "self" / "environ").exists():
        return _sweep(proc, os.fsencode(mark))
    listing = subprocess.run(["ps", "-axwwE", "-o", "pid=,command="], capture_output=True, text=True, check=False)
    pids = [int(line.split()[0]) for line in listing.stdout.splitlines() if f" {mark}" in line]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)


def _sweep(proc: Path, mark: bytes) -> int:
    total = 0
    for _ in range(_SWEEPS):
        # Who asks may itself be a task's.
        others = (process for process in proc.iterdir() if process.name.isdigit() and process.name != str(os.getpid()))
        ended = sum(_end_if_marked(process, mark) for process in others)
        if not ended:
            break
        total += ended
    return total


def _end_if_marked(process: Path, mark: bytes) -> bool:
    try:
        pidfd = os.pidfd_open(int(process.name))
    except OSError:  # it is gone
        return False
    try:
        if not any(entry.startswith(mark) for entry in (process / "environ").read_bytes().split(b"\0")):
            return False
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        gone = select.poll()
        gone.register(pidfd, select.POLLIN)
        gone.poll(_MOMENT)
    except OSError:  # gone meanwhile, or not ours to look at
        return False
    finally:
        os.close(pidfd)
    return True
