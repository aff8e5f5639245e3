"""Findings for people: the place, the words, the source line with carets, and what to do.

The first line of each is grammar and never changes: `path:line:column: severity[CODE] message`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from batchspec.diag.model import Diagnostic, Severity, one_line
from batchspec.source import SourceFile, Span

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
WIDEST = 160  # columns of a source line that are shown


def render(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile], *, colour: bool = False) -> str:
    """All findings, one block each. `sources` by path, for the source lines."""
    return "\n".join(_block(found, sources, colour) for found in diagnostics)


def head(found: Diagnostic, *, colour: bool = False) -> str:
    """The first line alone."""
    label = f"{found.severity.value}[{found.code}]"
    words = _paint(label, f"1;{_COLOURS[found.severity]}", colour) + f" {one_line(found.message)}"
    return words if found.span is None else f"{one_line(str(found.span))}: {words}"


def _block(found: Diagnostic, sources: Mapping[str, SourceFile], colour: bool) -> str:
    first = head(found, colour=colour)
    if found.span is None:
        return "\n".join((first, *_notes(found, "  ")))
    source = sources.get(found.span.path)
    lines = [
        first,
        *(_excerpt(found.span, source, found.severity, colour) if source else ()),
    ]
    return "\n".join((*lines, *_notes(found, _gutter(found.span))))


def _excerpt(span: Span, source: SourceFile, severity: Severity, colour: bool) -> Iterable[str]:
    gutter = _gutter(span)
    line = source.line(span.start.line)
    first = span.start.column - 1
    last = span.end.column - 1 if span.end.line == span.start.line else len(line)
    left = max(0, first - WIDEST // 2)  # a long line is shown around the place
    shown = line[left : left + WIDEST].replace("\t", " ")
    carets = "^" * max(1, min(last, left + WIDEST) - first)
    yield f"{gutter}|"
    yield f"{span.start.line:>{len(gutter) - 1}} | {_printable(shown)}"
    yield f"{gutter}| {' ' * (first - left)}{_paint(carets, _COLOURS[severity], colour)}"


def _notes(found: Diagnostic, gutter: str) -> Iterable[str]:
    for related in found.related:
        yield f"{gutter}= {related.message}: {one_line(str(related.span))}"
    if found.hint:
        yield f"{gutter}= hint: {one_line(found.hint)}"
    yield f"{gutter}= more: batchspec explain {found.code}"


def _gutter(span: Span) -> str:
    return " " * (len(str(span.start.line)) + 1)


def _printable(line: str) -> str:
    """Control characters of a hostile file never reach the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """How many there are of each severity: "2 errors, 1 warning"."""
    found = list(diagnostics)
    counts = ((level.value, sum(one.severity is level for one in found)) for level in Severity)
    return ", ".join(f"{count} {name}{'s' if count != 1 else ''}" for name, count in counts if count)
