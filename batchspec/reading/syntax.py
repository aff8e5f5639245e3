"""What a YAML parser says about broken text, as a finding."""

from __future__ import annotations

import re

import yaml

from batchspec.diag import Diagnostic, Related
from batchspec.source import SourceFile

# What YAML 1.1 calls not printable; libyaml gives only a byte offset for it. Slow to compile, so only when needed.
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_HINTS = (  # what people do wrong, by the parser's words for it
    ("a tab", "indent with spaces"),
    ("mapping values are not allowed", 'put a text that has ": " in it in quotes'),
    ("cannot start any token", "put a text that starts with this character in quotes"),
)
_CLOSED_BY = {'"': '"', "'": "'", "[": "]", "{": "}"}


def syntax(source: SourceFile, error: yaml.YAMLError) -> Diagnostic:
    """The finding for a parser's error, at the place that the parser gives."""
    forbidden = re.search(_FORBIDDEN, source.text) if isinstance(error, yaml.reader.ReaderError) else None
    if forbidden:
        message = f"the character U+{ord(forbidden[0]):04X} cannot stand in YAML"
        hint = f'write it as "{forbidden[0].encode("unicode_escape").decode()}", in double quotes'
        return Diagnostic("BS002", message, source.span(*forbidden.span()), hint=hint)
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    at = min(mark.index, len(source.text)) if mark is not None else 0
    if begun is not None and not source.text[at:].strip():  # the end came before what was begun
        opened = source.text[begun.index : begun.index + 1]
        if opened in _CLOSED_BY:
            place = source.span(begun.index, begun.index + 1)
            return Diagnostic(
                "BS002", f"this {opened} is not closed", place, hint=f"close it with {_CLOSED_BY[opened]}"
            )
    problem = getattr(error, "problem", None) or "this is not YAML"
    context = getattr(error, "context", None)
    if source.text[at : at + 1] == "\t":
        problem, context = "a tab stands where YAML takes only spaces", None
    related = (Related("it begins here", source.span(begun.index, begun.index + 1)),) if context and begun else ()
    return Diagnostic(
        "BS002",
        f"{problem} {context}" if context else problem,
        source.span(at, at + 1),
        hint=_hint(source, at, problem),
        related=related if begun and begun.index != at else (),
    )


def _hint(source: SourceFile, at: int, problem: str) -> str | None:
    if "a tab" not in problem and "${{" in source.line(source.position(at).line):
        return 'put a text with an expression in quotes: "${{ ... }}"'
    return next((hint for words, hint in _HINTS if words in problem), None)
