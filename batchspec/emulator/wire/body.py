"""The body of a request, bounded."""

from __future__ import annotations

from starlette.types import Receive

MAX_BODY = 1024 * 1024
"""What the service accepts of a task or a collection of tasks."""


async def read_body(receive: Receive) -> tuple[bytes, bool]:
    """The body, and whether it was longer than MAX_BODY.

    What is too long is read and thrown away: clients write all before they read the refusal.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return (b"".join(chunks), False) if size <= MAX_BODY else (b"", True)
