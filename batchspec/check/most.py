"""Findings that are shown: a hostile file may have as many as it has lines, and nobody reads so many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from batchspec.diag import Diagnostic, Severity
from batchspec.reading.limits import MAX_FINDINGS


def shown(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Of each code in each file the first; with a note where there may be more than these. In their order."""
    counts: Counter[tuple[str, str]] = Counter()
    in_file: Counter[str] = Counter()
    last: dict[str, Diagnostic] = {}
    made: list[Diagnostic] = []
    for one in found:
        path = one.span.path if one.span is not None else ""
        in_file[path] += 1
        counts[path, one.code] += 1
        if counts[path, one.code] <= MAX_FINDINGS:
            made.append(one)
            last[path] = one
    for path, one in last.items():
        if in_file[path] >= MAX_FINDINGS:  # the rules themselves stop there, too
            words = f"there may be more: of each rule the first {MAX_FINDINGS:,} findings are shown"
            made.append(Diagnostic("BS007", words, one.span, hint="mend these first").at(Severity.NOTE))
    return made
