"""Rules stay cheap where a hostile spec would make them dear."""

from __future__ import annotations

import time

import pytest

from tests.support.project import Project

HEAD = """\
batchspec: v1
name: demo
pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: demo, timeout: 1h}
tasks:
"""
COUNT = 3_000
MOST_SECONDS = 6  # a wrong power of COUNT takes far longer


def tasks(line: str) -> str:
    return HEAD + "".join(f"  - {line.format(at=at, before=max(at - 1, 1), half=at // 2)}\n" for at in range(1, COUNT))


HOSTILE = {
    "unknown names": ("{{id: t{at}, command: ls, depends_on: [splt{at}]}}", "BS203"),
    "ranges over ranges": ("{{id: '{at}', command: ls, depends_on: [{{start: 0, end: {before}}}]}}", "BS204"),
    "policies of ranges": (
        "{{id: '{at}', command: ls, depends_on: [{{start: 1, end: {half}}}], on_dependency_failure: satisfy}}",
        "BS106",
    ),
    "gaps": ("{{id: 'x{at}', command: ls, depends_on: [{{start: 0, end: {at}}}]}}", "BS203"),
    "excluded keys": ("{{id: t{at}, command: ls, user_identity: {{user_name: a, auto_user: {{}}}}}}", "BS109"),
}


@pytest.mark.parametrize(("line", "code"), HOSTILE.values(), ids=HOSTILE)
def test_thousands_of_faults_are_told_in_time(line: str, code: str, project: Project) -> None:
    started = time.process_time()

    codes = project.codes(tasks(line))

    assert code in codes
    assert time.process_time() - started < MOST_SECONDS


def test_suggestions_are_made_for_the_first_unknown_names_only(project: Project) -> None:
    text = HEAD + "".join(f"  - {{id: t{at}, command: ls, depends_on: [t{at}x]}}\n" for at in range(100))

    found = [one for one in project.findings(text) if one.code == "BS203"]

    assert len(found) == 100
    assert [one.hint is not None for one in found] == [True] * 20 + [False] * 80


def test_a_name_is_suggested_among_very_many(project: Project) -> None:
    text = HEAD + (
        '  - {id: "part-${{ matrix.i }}", command: ls, matrix: {i: {range: 5000}}}\n'
        "  - {id: split, command: ls}\n"
        "  - {id: merge, command: ls, depends_on: [splt]}\n"
    )

    (found,) = project.findings(text)

    assert found.hint == 'did you mean "split"?'
