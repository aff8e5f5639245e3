"""The value: a finding, and a stage's result with its findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Generic, TypeVar

from batchspec.diag.codes import CODES
from batchspec.source import Span

T = TypeVar("T")


class Severity(str, Enum):
    """An error leaves no result; a warning and a note do."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Related:
    """Another place that a finding speaks of: "first defined here"."""

    message: str
    span: Span


@dataclass(frozen=True)
class Diagnostic:
    """One finding.

    message: one sentence, lower-case start, no final stop, the user's own word in quotes; says what is.
    hint: one sentence that says what to do.
    span: its place; None on purpose, for what has no place.
    pointer: the JSON pointer of the node, stable when lines move.
    """

    code: str
    message: str
    span: Span | None
    pointer: str = ""
    hint: str | None = None
    related: tuple[Related, ...] = ()
    raised_to: Severity | None = None  # instead of the registry's own severity

    @property
    def severity(self) -> Severity:
        """How bad it is: as raised, else as the registry has it."""
        return self.raised_to or Severity(CODES[self.code].severity)

    @property
    def name(self) -> str:
        """The code's kebab-case name."""
        return CODES[self.code].name

    def at(self, severity: Severity) -> Diagnostic:
        """The same finding, as severe as given."""
        return replace(self, raised_to=severity)


@dataclass(frozen=True)
class Result(Generic[T]):
    """What a stage made, and what it found. A stage with an error has no value."""

    value: T | None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """There is a value and no error."""
        return self.value is not None and not errors_in(self.diagnostics)


def errors_in(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them is an error."""
    return any(found.severity is Severity.ERROR for found in diagnostics)


def tidy(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Without exact duplicates, by path, place and code; what has no place comes last."""

    def order(found: Diagnostic) -> tuple[bool, str, int, str]:
        span = found.span
        return (span is None, span.path if span else "", span.start.offset if span else 0, found.code)

    return tuple(sorted(dict.fromkeys(diagnostics), key=order))


def one_line(words: str) -> str:
    """A message may quote what a hostile file says: line ends and control characters become escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in words)
