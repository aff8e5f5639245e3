"""Findings as annotations of a GitHub Actions run.

The command's grammar: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable

from batchspec.diag.model import Diagnostic, Severity, one_line

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """A workflow command for each finding, a line each."""
    return "\n".join(map(_command, diagnostics))


def _command(found: Diagnostic) -> str:
    properties = {"title": f"{found.code} {found.name}"}
    if found.span is not None:
        start, end = found.span.start, found.span.end
        properties = {"file": found.span.path, "line": str(start.line), "endLine": str(end.line), **properties}
        if start.line == end.line:  # columns of a span over several lines would be shown on the wrong one
            properties |= {"col": str(start.column), "endColumn": str(end.column)}
    message = f"{found.message}; {found.hint}" if found.hint else found.message
    listed = ",".join(f"{name}={_escape(value, _PROPERTY)}" for name, value in properties.items())
    return f"::{_COMMANDS[found.severity]} {listed}::{_escape(one_line(message), _DATA)}"


def _escape(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in text)
