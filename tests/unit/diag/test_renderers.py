"""The ways to show findings, as golden files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from batchspec.diag import Diagnostic, Related, as_json, github, sarif, text
from batchspec.diag.pages import page
from batchspec.source import SourceFile
from tests.support.golden import Golden

SOURCE = SourceFile(
    "specs/a.yaml", ("name: démo\n\tx: 1\n" + "y: " + "z" * 300 + "!\ntasks:\n" + "# \n" * 6 + "w: [1,\n 2]\n").encode()
)


def at(words: str) -> tuple[int, int]:
    start = SOURCE.text.index(words)
    return start, start + len(words)


FOUND = {
    "a-word-with-a-hint": Diagnostic(
        "BS105", '"démo" does not fit', SOURCE.span(*at("démo")), "/name", "write letters"
    ),
    "a-related-place": Diagnostic(
        "BS003", "twice", SOURCE.span(*at("x")), related=(Related("first defined here", SOURCE.span(0, 4)),)
    ),
    "the-middle-of-a-long-line": Diagnostic("BS103", "wrong", SOURCE.span(*at("!"))),
    "two-lines": Diagnostic("BS103", "wrong", SOURCE.span(*at("[1,\n 2]"))),
    "no-place": Diagnostic("BS208", 'the spec has no parameter "x"', None, hint="declared are: y"),
    "the-end-of-the-file": Diagnostic("BS002", "ends too early", SOURCE.span(len(SOURCE.text), len(SOURCE.text) + 1)),
    "hostile-words": Diagnostic("BS101", 'there is no key "\x1b[31m\n\u202e"', SOURCE.span(0, 4), hint="\x07"),
    "a-warning": Diagnostic("BS406", "needs a shell", SOURCE.span(0, 4)),
}


@pytest.mark.parametrize("name", FOUND)
def test_text_for_people(name: str, golden: Golden) -> None:
    golden.check(f"text/{name}.txt", text.render([FOUND[name]], {SOURCE.path: SOURCE}) + "\n")


def test_text_in_colour(golden: Golden) -> None:
    shown = text.render([FOUND["a-word-with-a-hint"], FOUND["a-warning"]], {SOURCE.path: SOURCE}, colour=True)

    golden.check("text/in-colour.txt", shown.replace("\x1b", "ESC") + "\n")


def test_text_without_its_source_has_the_place_alone() -> None:
    shown = text.render([FOUND["a-warning"]], {})

    assert shown == "specs/a.yaml:1:1: warning[BS406] needs a shell\n  = more: batchspec explain BS406"


def test_json_for_machines(golden: Golden) -> None:
    document = as_json.document(FOUND.values())
    document["tool"]["version"] = "0"

    golden.check("json/every-kind-of-finding.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def test_annotations_for_github(golden: Golden) -> None:
    golden.check("github/every-kind-of-finding.txt", github.render(FOUND.values()) + "\n")


def test_sarif_for_code_scanning(golden: Golden) -> None:
    document = sarif.document(FOUND.values())
    driver = document["runs"][0]["tool"]["driver"]
    driver["version"] = "0"
    helped = {rule["id"]: rule.pop("help")["markdown"] for rule in driver["rules"]}

    assert helped == {code: page(code) for code in helped}

    golden.check("sarif/every-kind-of-finding.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def test_a_sarif_finding_keeps_its_identity_when_its_line_moves() -> None:
    found = FOUND["a-word-with-a-hint"]
    moved = replace(found, span=SOURCE.span(40, 44))

    first, second = sarif.document([found, moved])["runs"][0]["results"]

    assert first["partialFingerprints"] == second["partialFingerprints"]
    assert first["locations"] != second["locations"]


def test_each_sarif_result_points_at_its_rule() -> None:
    run = sarif.document(FOUND.values())["runs"][0]

    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [one.code for one in FOUND.values()]


def test_the_summary_counts_by_severity() -> None:
    assert text.summary(FOUND.values()) == "7 errors, 1 warning"
    assert text.summary([FOUND["no-place"]]) == "1 error"
