"""Comments that silence findings, those that silence nothing, and those that may not."""

from __future__ import annotations

import pytest

from batchspec.check import ignores
from batchspec.diag import CODES, Diagnostic, Severity
from batchspec.source import SourceFile
from tests.support.project import HEAD, Project

SHELL = "make && make install"  # BS406, a warning
ABOUT = {"BS203", "BS406", "BS901", "BS902"}  # other rules may have their own opinions of so small a spec

# What stands under HEAD, and the codes that are left with their lines.
SPECS = {
    "at the end of the line": (f"tasks:\n  - id: a\n    command: {SHELL}  # batchspec: ignore[BS406]\n", []),
    "on the line above": (f"tasks:\n  - id: a\n    # batchspec: ignore[BS406]\n    command: {SHELL}\n", []),
    "above blank lines and comments": (
        f"tasks:\n  - id: a\n    # batchspec: ignore[BS406]\n\n    # why\n    command: {SHELL}\n",
        [],
    ),
    "with a reason": (f"tasks:\n  - {{id: a, command: {SHELL}}}  # batchspec: ignore[BS406] it knows &&\n", []),
    "after a reason": (f"tasks:\n  - {{id: a, command: {SHELL}}}  # it knows && # batchspec: ignore[BS406]\n", []),
    "two codes of which one is not found": (
        f"tasks:\n  - {{id: a, command: {SHELL}}}  # batchspec: ignore[BS406, BS808]\n",
        [("BS901", 6)],
    ),
    "of the line before": (
        f"tasks:\n  - id: a  # batchspec: ignore[BS406]\n    command: {SHELL}\n",
        [("BS901", 6), ("BS406", 7)],
    ),
    "below": (
        f"tasks:\n  - id: a\n    command: {SHELL}\n    # batchspec: ignore[BS406]\n",
        [("BS406", 7), ("BS901", 8)],
    ),
    "where nothing is found": ("tasks: [{id: a, command: ls}]  # batchspec: ignore[BS406]\n", [("BS901", 5)]),
    "in a quoted text": (f"tasks:\n  - {{id: a, command: '{SHELL} # batchspec: ignore[BS406]'}}\n", [("BS406", 6)]),
    "in a block text": (
        f"tasks:\n  - id: a\n    command: >\n      {SHELL}\n      # batchspec: ignore[BS406]\n",
        [("BS406", 7)],
    ),
    "at the sign of a block text": (
        f"tasks:\n  - id: a\n    command: >  # batchspec: ignore[BS406]\n      {SHELL}\n",
        [],
    ),
    "an error": (
        "tasks:\n  - {id: a, command: ls, depends_on: [b]}  # batchspec: ignore[BS203]\n",
        [("BS203", 6), ("BS902", 6)],
    ),
    "an unknown code": ("tasks: [{id: a, command: ls}]  # batchspec: ignore[BS9999]\n", [("BS902", 5)]),
    "a name": ("tasks: [{id: a, command: ls}]  # batchspec: ignore[command-needs-shell]\n", [("BS902", 5)]),
    "no code": ("tasks: [{id: a, command: ls}]  # batchspec: ignore\n", [("BS902", 5)]),
    "empty brackets": ("tasks: [{id: a, command: ls}]  # batchspec: ignore[ ]\n", [("BS902", 5)]),
    "no closing bracket": ("tasks: [{id: a, command: ls}]  # batchspec: ignore[BS406\n", [("BS902", 5)]),
    "other words": ("tasks: [{id: a, command: ls}]  # batchspec: ignored by most\n", []),
    "a whole file, too low": (
        f"# batchspec: ignore-file[BS406]\ntasks:\n  - {{id: a, command: {SHELL}}}\n",
        [("BS902", 5), ("BS406", 7)],
    ),
    "unused ones, all of the line": ("tasks: [{id: a, command: ls}]  # batchspec: ignore[BS406, BS901]\n", []),
    "unused ones beside an error": (
        "tasks: [{id: a, command: ls, depends_on: [b]}]  # batchspec: ignore[BS406]\n",
        [("BS203", 5)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), SPECS.values(), ids=SPECS)
def test_what_is_left(project: Project, text: str, expected: list[tuple[str, int]]) -> None:
    found = project.findings(HEAD + text)

    assert [(one.code, one.span.start.line) for one in found if one.span and one.code in ABOUT] == expected


TOP = {
    "the file's findings": ("# batchspec: ignore-file[BS406]\n", []),
    "below other comments": ("# What this is\n\n# batchspec: ignore-file[BS406]\n", []),
    "before the document's start": ("# batchspec: ignore-file[BS406]\n---\n", []),
    "where nothing is found": ("# batchspec: ignore-file[BS406, BS808]\n", ["BS901"]),
    "unused ones of the file": ("# batchspec: ignore-file[BS406, BS808, BS901]\n", []),
    "the next line alone": ("# batchspec: ignore[BS406]\n", ["BS901", "BS406"]),
}


@pytest.mark.parametrize(("text", "expected"), TOP.values(), ids=TOP)
def test_at_the_top_of_a_file(project: Project, text: str, expected: list[str]) -> None:
    codes = project.codes(f"{text}{HEAD}tasks: [{{id: a, command: {SHELL}}}]\n")

    assert [code for code in codes if code in ABOUT] == expected


def test_unused_ones_are_not_told_when_only_one_target_was_looked_at(project: Project) -> None:
    spec = f"{HEAD}tasks: [{{id: a, command: ls}}]  # batchspec: ignore[BS406]\n"

    assert ABOUT.isdisjoint(project.codes(spec, target="local"))


HINTS = {
    "BS203": "batchspec explain BS203",
    "bs406": '"BS406"',
    "BS4O6": '"BS406"',
    "command-needs-shel": '"BS406"',
    "everything": "batchspec rules",
}


@pytest.mark.parametrize(("word", "hint"), HINTS.items())
def test_a_bad_one_is_shown_in_its_place_with_what_to_do(project: Project, word: str, hint: str) -> None:
    findings = project.findings(f"{HEAD}tasks: [{{id: a, command: ls}}]  # batchspec: ignore[ {word} ]\n")

    (found,) = (one for one in findings if one.code in ABOUT)
    assert found.code == "BS902"
    assert found.span is not None
    assert (found.span.start.column, found.span.end.column) == (53, 53 + len(word))
    assert hint in (found.hint or "")


def test_a_file_full_of_unknown_codes_is_read_in_no_time() -> None:
    words = ",".join(f"BS{number}X" for number in range(50_000))
    source = SourceFile("a.yaml", f"a: 1  # batchspec: ignore[{words}]\n".encode())

    left = ignores.ignore([source], (), unused=True)

    assert len(left) == 50_000
    assert sum(one.hint is not None for one in left) == ignores._MOST_SUGGESTIONS


@pytest.mark.parametrize("code", [code for code, row in CODES.items() if row.severity != "error"])
def test_every_warning_and_note_can_be_ignored(code: str) -> None:
    source = SourceFile("a.yaml", f"a: 1  # batchspec: ignore[{code}]\n".encode())
    found = Diagnostic(code, "x", source.span(0, 1))

    assert ignores.ignore([source], (found,), unused=True) == ()
    assert ignores.ignore([source], (found.at(Severity.ERROR),), unused=False) != ()


def test_findings_without_a_place_stay() -> None:
    source = SourceFile("a.yaml", b"# batchspec: ignore-file[BS406]\na: 1\n")

    assert len(ignores.ignore([source], (Diagnostic("BS406", "x", None),), unused=False)) == 1


def test_a_file_without_such_comments_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ignores, "_read", None)
    source = SourceFile("a.yaml", b"a: 1  # a comment\n")

    assert ignores.ignore([source], (), unused=True) == ()


@pytest.mark.parametrize("comment", ["  # batchspec: ignore[BS406]", ""])
def test_findings_in_an_included_file_are_silenced_by_its_own_comments(project: Project, comment: str) -> None:
    files = {
        "spec.yaml": f"# batchspec: ignore-file[BS406, BS901]\ninclude: [more.yaml]\n{HEAD}",
        "more.yaml": f"tasks:\n  - id: a\n    command: {SHELL}{comment}\n",
    }

    found = project.findings(files)

    assert [(one.code, one.span.path.endswith("/more.yaml")) for one in found if one.span and one.code in ABOUT] == (
        [] if comment else [("BS406", True)]
    )
