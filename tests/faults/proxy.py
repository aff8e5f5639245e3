"""An HTTP proxy between batchspec and the emulator: it counts the client's requests, and one of them meets a fault.

    kill before   whoever sent it is killed, and the service never sees it
    kill after    the service has carried it out; whoever sent it is killed before the answer comes
    503, 429      answered so, nothing is done; 429 with Retry-After
    timeout       never answered, nothing is done
    reset         the connection is reset, nothing is done
    lost          carried out, and the connection is closed without an answer

Requests of nodes, which come with a SAS, pass uncounted. The header Host stays as it was sent, so signatures hold.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import Self

KINDS = ("503", "429", "timeout", "reset", "lost")
RETRY_AFTER = 2
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER for no seconds: what is closed so, is reset
_JSON = b'{"code": "%s", "message": {"lang": "en-US", "value": "Not now."}}'
_XML = b"<?xml version='1.0'?><Error><Code>%s</Code><Message>Not now.</Message></Error>"
_BUSY = {"503": (b"503 Busy", b"ServerBusy"), "429": (b"429 Too Many", b"TooManyRequests")}


@dataclass(frozen=True)
class Request:
    """One request of the client.

    occurrence: which of its kind and path it is, counted from 1. change: which of those that may change something, or
    0; of blobs that are deleted one by one only the first counts.
    """

    number: int
    method: str
    path: str
    occurrence: int
    change: int


Judge = Callable[[Request], "str | None"]
"""Which fault a request meets; None: it passes."""


class Proxy:
    """A context manager; `url` is where it listens, for a service at `upstream` whose blobs are below /account/."""

    def __init__(self, upstream: str, account: str) -> None:
        parts = urlsplit(upstream)
        self._blobs = f"/{account}/".encode()
        self._upstream = parts.hostname or "", parts.port or 80
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._lock = threading.Condition()
        self._judge: Judge = lambda _request: None
        self._kill: Callable[[], None] = lambda: None
        self._once = True
        self._seen: dict[tuple[str, str], int] = {}
        self._open = self._changes = 0
        self._connections: set[asyncio.Task[None]] = set()
        self.log: list[Request] = []
        self.hit: Request | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def judge(
        self,
        judge: Judge = lambda _request: None,
        kill: Callable[[], None] = lambda: None,
        *,
        once: bool = True,
    ) -> None:
        """Count from 1 again. kill: what kills the client. once: when a request has met a fault, all others pass."""
        with self._lock:
            self._judge, self._kill, self._once = judge, kill, once
            self._seen.clear()
            self._changes = 0
            self.log, self.hit = [], None

    def settle(self) -> None:
        """Return once no request is under way: what a client that was killed had sent has been carried out."""
        with self._lock:
            assert self._lock.wait_for(lambda: not self._open, 20), "requests are still under way"

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accepted, "127.0.0.1", 0, limit=1 << 20)

    async def _close(self) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        self._connections.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._served(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ahead, behind = await asyncio.open_connection(*self._upstream, limit=1 << 20)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                with self._lock:
                    self._open += 1
                try:
                    whole = head + await _body(reader, head)
                    answer = await self._answer(whole, head, ahead, behind, reader, writer)
                finally:
                    with self._lock:
                        self._open -= 1
                        self._lock.notify_all()
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()
        finally:
            behind.close()

    async def _answer(
        self,
        whole: bytes,
        head: bytes,
        ahead: asyncio.StreamReader,
        behind: asyncio.StreamWriter,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bytes | None:
        """What the client gets; None: the connection ends."""
        method, target = head.split(b" ", 2)[:2]
        fault = self._fault(method.decode(), target.decode())
        if fault == "kill before":
            self._kill()
            return None
        if fault == "timeout":
            await reader.read()  # until the client goes
            return None
        if fault == "reset":
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()
            return None
        if fault in _BUSY:
            return _busy(fault, blob=target.startswith(self._blobs))
        behind.write(whole)
        await behind.drain()
        answer = await _read_answer(ahead, method)
        if fault == "kill after":
            self._kill()
        return None if fault in ("lost", "kill after") else answer

    def _fault(self, method: str, target: str) -> str | None:
        path, _, query = target.partition("?")
        if "sig=" in query:
            return None
        with self._lock:
            kind = method, f"{path}?comp" if "comp=" in query else path
            self._seen[kind] = self._seen.get(kind, 0) + 1
            request = Request(len(self.log) + 1, method, path, self._seen[kind], self._change(method, path))
            self.log.append(request)
            fault = self._judge(request) if self.hit is None or not self._once else None
            if fault is not None:
                self.hit = request
            return fault

    def _change(self, method: str, path: str) -> int:
        if method in ("GET", "HEAD"):
            return 0
        if (
            method == "DELETE"
            and "/outputs/" in path
            and any(one.method == "DELETE" and "/outputs/" in one.path for one in self.log)
        ):
            return 0
        self._changes += 1
        return self._changes


def _busy(kind: str, *, blob: bool) -> bytes:
    status, code = _BUSY[kind]
    body = (_XML if blob else _JSON) % code
    retry = b"Retry-After: %d\r\n" % RETRY_AFTER if kind == "429" else b""
    headers = b"x-ms-error-code: %s\r\n" % code if blob else b""
    return b"HTTP/1.1 %s\r\n%s%sContent-Length: %d\r\n\r\n%s" % (status, headers, retry, len(body), body)


async def _read_answer(ahead: asyncio.StreamReader, method: bytes) -> bytes:
    head = await ahead.readuntil(b"\r\n\r\n")
    status = head.split(b" ", 2)[1]
    if method == b"HEAD" or status in (b"204", b"304"):
        return head
    return head + await _body(ahead, head)


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    if length:
        return await reader.readexactly(int(length[1]))
    if not re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE):
        return b""
    parts = []
    while True:
        line = await reader.readline()
        size = int(line.split(b";")[0], 16)
        parts += [line, await reader.readexactly(size + 2)]
        if not size:
            return b"".join(parts)
