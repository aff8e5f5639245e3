"""Collections that this local service has, empty: nothing can be added to them here, so there is nothing in them.

Reads answer as an account without such resources does; what would add or change one answers 501.
"""

from __future__ import annotations

from collections.abc import Callable

from batchspec.emulator.batch.call import Call
from batchspec.emulator.wire.answer import Answer
from batchspec.emulator.wire.errors import BatchError


def empty_list(kind: str) -> Callable[[Call], Answer]:
    """A list of nothing."""

    def handler(call: Call) -> Answer:
        return call.page(kind, [], str, list)

    return handler


def absent(code: str) -> Callable[[Call], Answer]:
    """A resource that is not there."""

    def handler(_: Call) -> Answer:
        raise BatchError(code)

    return handler
