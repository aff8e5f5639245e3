"""The connection under a request, which ASGI does not show: to end it without an answer."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_EXTENSION = "batchspec.connection"
_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER on, for no seconds: what is closed so, is reset


class OpenProtocol(HttpToolsProtocol):
    """uvicorn's, with the transport among the extensions of each request's scope."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"transport": self.transport}}


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection: the client gets ECONNRESET."""
    transport = _transport(scope)
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
    await gone(receive)


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection: the client sees its end where an answer should be."""
    _transport(scope).close()
    await gone(receive)


async def drained(receive: Receive) -> None:
    """Return once the request is read to its end."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


async def gone(receive: Receive) -> None:
    """Return once the client is gone; what it sends until then is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["extensions"][_EXTENSION]["transport"]
    return transport
