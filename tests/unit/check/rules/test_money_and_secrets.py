"""The advice on money, and where secrets are looked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batchspec.check.rules.clear_passwords import secrets_of
from batchspec.check.rules.clear_secrets import _PASSWORDS
from batchspec.check.walk import tables
from batchspec.diag import Severity
from batchspec.spec.model import SpecKeys
from batchspec.spec.table import Bound
from tests.support.project import HEAD, SMALLEST, Project


def test_a_newcomers_spec_has_two_warnings_and_a_note(project: Project) -> None:
    found = project.check(SMALLEST).diagnostics

    assert [(one.code, one.severity) for one in found] == [
        ("BS330", Severity.WARNING),
        ("BS331", Severity.WARNING),
        ("BS332", Severity.NOTE),
    ]
    assert all(one.hint for one in found)


def test_two_lines_are_all_that_it_takes(project: Project) -> None:
    text = SMALLEST.replace("job: {id: demo}", "job: {id: demo, timeout: 1h}\non_finish: {pool: delete}")

    assert project.check(text).diagnostics == ()


def test_nothing_costs_on_the_local_target(project: Project) -> None:
    assert project.check(SMALLEST, target="local").diagnostics == ()


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("job: {id: demo}", "job: {id: demo, timeout: 1x}", ["BS105", "BS330"]),
        ("job: {id: demo}", "job: {id: demo, timout: 1h}", ["BS101", "BS330"]),
        ("job: {id: demo}", "job: {id: demo, timeout: 1h}\non_finish: {pool: gone}", ["BS104"]),
        ("nodes: {dedicated: 1}", "nodes: {dedicated: one}", ["BS103", "BS331"]),
    ],
)
def test_a_flaw_is_told_and_not_that_its_key_is_missing(old: str, new: str, codes: list[str], project: Project) -> None:
    assert sorted(one.code for one in project.check(SMALLEST.replace(old, new)).diagnostics) == codes


def test_a_secret_of_a_template_is_told_once(project: Project) -> None:
    text = HEAD + (
        "tasks:\n  - id: t-${{ matrix.i }}\n    matrix: {i: {range: 50}}\n    command: ls\n"
        "    environment: {API_TOKEN: 0a1b2c3d4e5f, AT: '${{ matrix.i }}'}\n"
    )

    assert project.codes(text) == ["BS409"]


def test_a_secret_is_not_shown_by_the_finding_about_it(project: Project) -> None:
    text = HEAD + "tasks:\n  - {id: a, command: ls, environment: {API_TOKEN: hush-hush-hush}}\n"

    (found,) = project.findings(text)

    assert "hush" not in f"{found.message} {found.hint}"


def _models(model: type[Bound], seen: set[type[Bound]]) -> Iterator[type[Bound]]:
    if model not in seen:
        seen.add(model)
        yield model
        for row in model.rows.values():
            for inner in tables(row.shape):
                yield from _models(inner, seen)


def test_every_field_of_the_service_for_a_secret_has_the_rule_of_its_own() -> None:
    listed = {name for model in _models(SpecKeys, set()) for name in secrets_of(model)}

    assert listed == _PASSWORDS
