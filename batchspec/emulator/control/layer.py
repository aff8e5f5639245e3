"""A layer of ASGI around a service: counts its requests, and lets the faults happen that were asked for."""

from __future__ import annotations

import asyncio
import math

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from batchspec.emulator.control.answers import answer
from batchspec.emulator.control.connection import drained, gone, hang_up, reset
from batchspec.emulator.control.ledger import Entry, Ledger
from batchspec.emulator.control.rules import Rule, Service

PIECES = 8
"""Of a body that is sent slowly."""


def around(ledger: Ledger, name: Service, service: ASGIApp, base: str) -> ASGIApp:
    """The service with faults; `base` is the URL that it is at."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        entry, rule = ledger.admit(name, scope["method"], scope["path"])
        sending = _noting(entry, send)
        if rule is None:
            await service(scope, receive, sending)
        elif rule.status is not None:
            await drained(receive)  # the connection goes on with the next request
            await answer(rule, rule.status, name, base)(scope, receive, sending)
        else:
            await _act(rule, entry, service, scope, receive, sending)

    return app


async def _act(rule: Rule, entry: Entry, service: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    if rule.kind == "reset":
        await drained(receive)  # a client that is still sending would find the end of the stream, not the reset
        await reset(scope, receive)
    elif rule.kind == "timeout":
        await gone(receive)
    elif rule.kind == "lost":
        await service(scope, receive, _noting(entry, _nobody))
        await hang_up(scope, receive)
    elif rule.kind == "delay":
        await asyncio.sleep(rule.seconds)
        await service(scope, receive, send)
    else:
        await service(scope, receive, _slow(send, rule.seconds / PIECES))


def _noting(entry: Entry, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.status = message["status"]
        await send(message)

    return sending


async def _nobody(_: Message) -> None:
    """Where a lost answer goes."""


def _slow(send: Send, pause: float) -> Send:
    """`send`, with each part of a body cut into pieces and a pause before each of them."""

    async def sending(message: Message) -> None:
        body = message.get("body", b"")
        size = max(1, math.ceil(len(body) / PIECES))
        for start in range(0, len(body), size):
            await asyncio.sleep(pause)
            await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
        await send({**message, "body": b""} if body else message)

    return sending
