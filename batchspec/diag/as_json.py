"""Findings for machines: one versioned object; fields are added, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from batchspec import __version__
from batchspec.diag.codes import CODES
from batchspec.diag.model import Diagnostic, Severity
from batchspec.source import Position, Span

FORMAT_VERSION = "1.1"


def document(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """The whole object."""
    found = list(diagnostics)
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "batchspec", "version": __version__},
        "diagnostics": [entry(one) for one in found],
        "summary": {level.value: sum(one.severity is level for one in found) for level in Severity},
    }


def entry(found: Diagnostic) -> dict[str, Any]:
    """One finding."""
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity.value,
        "message": found.message,
        "hint": found.hint,
        "help": CODES[found.code].help,
        "pointer": found.pointer,
        "path": found.span.path if found.span else None,
        "range": _range(found.span),
        "related": [
            {"message": related.message, "path": related.span.path, "range": _range(related.span)}
            for related in found.related
        ],
    }


def _range(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"start": _position(span.start), "end": _position(span.end)}


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column, "offset": position.offset}
