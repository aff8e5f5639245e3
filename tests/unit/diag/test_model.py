"""The value: severities from the registry, findings in order."""

from __future__ import annotations

from batchspec.diag import Diagnostic, Result, Severity, errors_in, tidy
from batchspec.source import SourceFile

SOURCE = SourceFile("a.yaml", b"one\ntwo\n")


def found(code: str, offset: int | None) -> Diagnostic:
    return Diagnostic(code, "x", None if offset is None else SOURCE.span(offset, offset + 1))


def test_severity_and_name_come_from_the_registry_unless_raised() -> None:
    one = found("BS406", 0)

    assert (one.severity, one.name) == (Severity.WARNING, "command-needs-shell")
    assert one.at(Severity.ERROR).severity is Severity.ERROR


def test_findings_are_sorted_by_place_then_code_and_duplicates_dropped() -> None:
    listed = [found("BS209", None), found("BS203", 4), found("BS201", 4), found("BS203", 0), found("BS203", 4)]

    assert tidy(listed) == (found("BS203", 0), found("BS201", 4), found("BS203", 4), found("BS209", None))


def test_a_warning_leaves_a_result_and_an_error_does_not() -> None:
    assert Result(1, (found("BS406", 0),)).ok
    assert not Result(1, (found("BS203", 0),)).ok
    assert not Result(None).ok
    assert errors_in([found("BS406", 0), found("BS203", 0)])
