"""Every case file, and the registry of codes that they stand for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchspec import api
from batchspec.diag import CODES
from batchspec.diag.codes import _ROWS
from batchspec.spec.draft import Settings
from tests.support.cases import ROOT, Case, discover
from tests.support.pages import runs_now

CASES = discover()
SOURCE = Path(api.__file__).parent
# What every spec that is as small as a case has; looked for in the cases of these codes, and in the shipped specs.
ADVICE = frozenset({"BS330", "BS331", "BS332"})
MILDER = frozenset({"BS109", "BS214", "BS218", "BS302", "BS404"})  # less than an error where the service would take it
OF_VALIDATION = [code for code in CODES if runs_now(code)]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.path.parent.name}/{case.path.stem}" for case in CASES])
def test_exactly_what_a_case_expects_is_found(case: Case) -> None:
    checked = api.validate([case.path], Settings(case.parameters, offline=True))

    advises = case.path.parent.name.partition("-")[0] in ADVICE
    found = [one for one in checked.diagnostics if advises or one.code not in ADVICE]
    assert case.seen(found) == case.expected
    assert all(one.severity.value == CODES[one.code].severity for one in checked.diagnostics if one.code not in MILDER)


@pytest.mark.parametrize("spec", sorted((ROOT.parents[1] / "specs").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_specs_are_clean(spec: Path) -> None:
    assert api.validate([spec], Settings(offline=True)).diagnostics == ()


@pytest.mark.parametrize("code", OF_VALIDATION)
def test_every_code_of_validation_has_a_case_that_triggers_it(code: str) -> None:
    folder = f"{code}-{CODES[code].name}"

    assert any(case.path.parent.name == folder and any(row[1] == code for row in case.expected) for case in CASES)


def test_every_folder_of_cases_is_named_after_a_code() -> None:
    assert {path.name for path in ROOT.iterdir()} <= {f"{row.code}-{row.name}" for row in _ROWS}


def test_codes_are_unique_sorted_and_named_in_kebab_case() -> None:
    codes = [row.code for row in _ROWS]

    assert codes == sorted(set(codes))
    assert len({row.name for row in _ROWS}) == len(_ROWS)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.name) for row in _ROWS)
    assert {row.severity for row in _ROWS} <= {"error", "warning", "note"}
    assert {row.status for row in _ROWS} <= {"preview", "stable", "retired"}


def test_every_code_in_the_source_is_registered_and_every_registered_one_is_used() -> None:
    used = {
        code
        for path in SOURCE.rglob("*.py")
        if path.name != "codes.py"
        for code in re.findall(r'"(BS\d{3})"', path.read_text(encoding="utf-8"))
    }

    assert used == {row.code for row in _ROWS if row.status != "retired"}
