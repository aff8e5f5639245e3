"""How a transfer is told to stop, even while it waits for the other side."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Cancelled(Exception):
    """The run for which this is done was told to stop."""


class Cancel:
    """Told by the event loop, heard by the one thread that transfers for a run."""

    __slots__ = ("_lines", "_lock", "_told")

    def __init__(self) -> None:
        self._told = threading.Event()
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []

    def set(self) -> None:
        """Stop; whoever waits on a connection finds it closed."""
        with self._lock:
            self._told.set()
            for line in self._lines:
                with suppress(OSError):  # it never came to be, or is closed already
                    line.shutdown(socket.SHUT_RDWR)

    def is_set(self) -> bool:
        return self._told.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it was told to stop, at the latest after so long."""
        return self._told.wait(seconds)

    def connect(self, address: tuple[str, int], timeout: float | None) -> socket.socket:
        """A connection that `set` ends, from its first packet on. OSError, or Cancelled."""
        last = OSError(f"{address[0]} has no address")
        for family, kind, protocol, _, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            line = socket.socket(family, kind, protocol)
            try:
                self._hold(line)
                line.settimeout(timeout)
                line.connect(place)
            except OSError as error:
                last = error
                line.close()
            except Cancelled:
                line.close()
                raise
            else:
                return line
        raise last

    def release(self) -> None:
        """The connections are done with."""
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()

    def _hold(self, line: socket.socket) -> None:
        with self._lock:
            if self._told.is_set():
                raise Cancelled
            # A duplicate: TLS takes the descriptor out of the socket that it wraps.
            self._lines.append(line.dup())
