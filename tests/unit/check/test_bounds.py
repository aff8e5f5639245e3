"""What a spec asks for in all is bounded; honest specs do not meet the bounds, and hostile ones are told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec.api import validate
from batchspec.check.files import check_files
from batchspec.diag import Diagnostic, Severity
from batchspec.reading.limits import MAX_DOCUMENTS, MAX_FINDINGS
from batchspec.spec import looking
from batchspec.spec.budget import MOST_COMPILED
from batchspec.spec.draft import Settings
from batchspec.spec.files import match

HEAD = """\
batchspec: v1
name: demo
pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
on_finish: {pool: delete}
job: {id: demo, timeout: 1h, task_defaults: {retention: 1d}}
"""
TASKS = HEAD + "tasks:\n"
TASK = "  - {id: a, command: ls}\n"


def found(tmp_path: Path, text: str, target: str = "") -> list[Diagnostic]:
    (tmp_path / "spec.yaml").write_text(text)
    checked = validate([tmp_path / "spec.yaml"], Settings(target=target, offline=True))
    return [one for one in checked.diagnostics if one.severity is Severity.ERROR]


def many(count: int, line: str) -> str:
    return TASKS + "".join(f"  - {line}\n".replace("@", str(at)) for at in range(count))


FIFTY = "targets: {" + ", ".join(f"t{at}: {{}}" for at in range(50)) + "}\n"
LONG = "'${{ \"a\" * 999999 }}', "
TOO_MUCH = {
    "51 targets": TASKS + TASK + FIFTY.replace("}\n", ", t50: {}}\n"),
    "too large to be judged for its 50": many(1_500, "{id: t@, command: ls}") + FIFTY,
    "more than 1,000 documents": "--- a\n" * (MAX_DOCUMENTS + 1),
    "give more than 20,000,000 characters": many(1, f"{{id: a, command: [{LONG * 30}]}}"),
    "too many different expressions": many(MOST_COMPILED + 1, "{id: t@, command: 'ls ${{ 1.@ + 1 }}'}"),
}
HONEST = {
    "50 targets": many(200, "{id: t@, command: ls}") + FIFTY,
    "expressions that differ in literals": many(
        4_000, "{id: t@, command: 'ls ${{ 2 * @ }} ${{ \"part-@\" | upper }}'}"
    ),
    "documents": ("---\n" + TASKS + TASK) * 100,
    "a long parameter in 5,000 tasks": many(5_000, "{id: t@, run: '${{ params.a }}'}").replace(
        "tasks:", f"parameters: {{a: {{default: {'x' * 5_000}}}}}\ntasks:", 1
    ),
}


@pytest.mark.parametrize("words", TOO_MUCH)
def test_what_is_too_much_in_all_is_a_finding(tmp_path: Path, words: str) -> None:
    assert any(words in one.message for one in found(tmp_path, TOO_MUCH[words]))


@pytest.mark.parametrize("name", HONEST)
def test_honest_specs_do_not_meet_a_bound(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, HONEST[name]) == []


def test_a_spec_too_large_for_all_of_its_targets_is_judged_for_one(tmp_path: Path) -> None:
    text = TOO_MUCH["too large to be judged for its 50"]

    assert found(tmp_path, text, target="t7") == []


def test_patterns_look_at_so_many_names_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MOST_LOOKS", 100)
    for at in range(20):
        (tmp_path / f"f{at}").touch()
    inputs = ", ".join(f"{{path: 'f{at}*', to: d{at}}}" for at in range(9))

    told = found(tmp_path, TASKS + f"  - {{id: a, command: ls, inputs: [{inputs}]}}\n")

    assert {one.code for one in told} == {"BS007"}
    assert 0 < len(told) < 9


def test_a_check_takes_files_to_stay_as_they_are_and_no_longer(tmp_path: Path) -> None:
    with looking.looking():
        assert match("*.txt", tmp_path) == ()
        (tmp_path / "a.txt").touch()
        assert match("*.txt", tmp_path) == ()

    assert [one.name for one in match("*.txt", tmp_path)] == ["a.txt"]


def test_that_findings_are_left_out_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(many(MAX_FINDINGS + 5, "{id: t@, command: ls, depends_on: [s@]}"))

    checked = validate([tmp_path / "spec.yaml"], Settings(offline=True))

    assert sum(one.code == "BS203" for one in checked.diagnostics) == MAX_FINDINGS
    assert [one.message for one in checked.diagnostics if one.code == "BS007"] == [
        "there may be more: of each rule the first 1,000 findings are shown"
    ]


def test_each_file_has_a_budget_of_its_own(tmp_path: Path) -> None:
    line = "{id: t@, command: 'ls ${{ 1.@ + 1 }}'}"
    paths = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for path in paths:
        path.write_text(many(MOST_COMPILED * 2 // 3, line))

    assert check_files(paths, Settings(offline=True)).ok
