"""Whose a live object is, and of which spec, by the marks in its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from batchspec.diag import Diagnostic
from batchspec.ports import ASKED, OWNER_KEY

if TYPE_CHECKING:
    from batchspec.compiler.program import Made, Program


def marks(body: Any) -> dict[str, str]:
    """The metadata of a request body."""
    return {item.name: item.value for item in body.metadata or ()}


def ours(program: Program, metadata: Mapping[str, str]) -> bool:
    """Whether a live object carries this spec's mark."""
    return metadata.get(OWNER_KEY) == program.name


def stale(body: Any, metadata: Mapping[str, str]) -> bool:
    """Whether the marks are of an earlier spec, or version: they are renewed, whatever else is done."""
    wanted = marks(body)
    return any(metadata.get(key) != wanted.get(key) for key in ASKED)


def not_ours(kind: str, made: Made[Any], *, over: bool = False) -> Diagnostic:
    """That an object of the spec's id is somebody else's. over: it has completed, and so takes no mark of ours."""
    message = f'{kind.replace("_", " ")} "{made.body.id}" exists and was not made by this spec'
    hint = f"give the {kind.replace('_', ' ')} another id"
    if over:
        message += "; it has completed, nothing of it changes any more, and it cannot be taken over"
    else:
        hint += ", or take it over with --adopt"
    return Diagnostic("BS602", message, made.origin.span, made.origin.pointer, hint)
