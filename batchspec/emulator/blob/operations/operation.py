"""A row of the table of operations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from batchspec.emulator.blob.call import Call, Reply
from batchspec.emulator.blob.store import BlobStore

Handler: TypeAlias = Callable[[BlobStore, Call], Awaitable[Reply]]


@dataclass(frozen=True)
class Operation:
    """What a request asks for, how it is recognised, and which SAS may ask.

    `service_permissions` are the letters of `sp` of which one is needed, "" when no service SAS is enough;
    `account_permissions` the same for an account SAS. `query` names the parameters that it honours.
    """

    name: str
    level: str
    method: str
    restype: str
    comp: str
    service_permissions: str
    account_permissions: str
    query: frozenset[str]
    handle: Handler
