"""`$select` and `$expand`."""

from __future__ import annotations

from collections.abc import Collection

from batchspec.emulator.wire.errors import query_error
from batchspec.emulator.wire.request import Request


def read_select(request: Request, members: Collection[str]) -> frozenset[str] | None:
    """The members to answer with, None for all; raises the service's refusal for one that there is not."""
    text = request.query.get("$select")
    if not text:
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in members:
            raise query_error("InvalidQueryParameterValue", "$select", text, f"there is no property '{name}'")
    return frozenset(names)


def check_expand(request: Request) -> None:
    """Only statistics can be expanded; none are kept, as the service has none for a resource's first minutes."""
    text = request.query.get("$expand")
    if text and text.strip() != "stats":
        raise query_error("InvalidQueryParameterValue", "$expand", text, "stats alone can be expanded")
