"""Every finding at once, and none that another one caused."""

from __future__ import annotations

import copy
import random
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec import api
from batchspec.check import check
from batchspec.check.mend import mend
from batchspec.check.shape import explain, unknown
from batchspec.diag import Severity
from batchspec.reading import Mapping, Sequence
from batchspec.spec.draft import Settings, draft, mended
from batchspec.spec.model import SpecKeys
from batchspec.spec.table import Table
from tests.support.project import HEAD, SMALLEST, Project
from tests.support.strategies import nearly_good, node, places

TEN = """\
batchspec: v1
name: demo
colour: red
parameters:
  n: {type: integer, default: many}
pool:
  id: demo
  vm_size: Standard_D2s_v5
  image: ubunto-24.04
  nodes: {dedicated: one}
job:
  id: my job
  priority: 5000
tasks:
  - id: a
    command: ls
    depends_on: [nope]
  - id: b
    command: make && make install
    inputs: [{path: missing.csv}]
  - id: c
    run: echo ${{ params.nope }}
"""


def test_ten_faults_of_one_file_are_ten_findings(project: Project) -> None:
    found = project.findings(TEN)

    assert [(one.code, one.span and one.span.start.line) for one in found] == [
        ("BS101", 3),
        ("BS210", 5),
        ("BS501", 9),
        ("BS103", 10),
        ("BS205", 12),
        ("BS106", 13),
        ("BS203", 17),
        ("BS406", 19),
        ("BS401", 20),
        ("BS207", 22),
    ]


# A flaw, and what would be found if it were believed to be the whole truth; only the flaw itself is told.
ALONE = {
    "an id that others depend on": """tasks:
  - {id: 5, run: ls}
  - {id: b, run: ls, depends_on: ['5', a]}
""",
    "a name that others depend on": """tasks:
  - {id: a, name: [g], run: ls}
  - {id: b, run: ls, depends_on: [g]}
""",
    "outputs that others take": """tasks:
  - {id: a, run: ls, outputs: x}
  - {id: b, run: ls, inputs: [{task: a}]}
""",
    "a matrix whose tasks others depend on": """tasks:
  - {id: 'a-${{ matrix.i }}', run: ls, matrix: {i: 3}}
  - {id: b, run: ls, depends_on: [a-1]}
""",
    "a key of an axis misspelt": """tasks:
  - {id: 'a-${{ matrix.i }}', run: ls, matrix: {i: {rnge: 3}}}
""",
    "a required key misspelt": """tasks:
  - {id: a, comand: ls}
""",
    "a matrix that is a list": """tasks:
  - {id: 'a-${{ matrix.i }}', run: ls, matrix: [1]}
""",
    "an empty range": """tasks:
  - {id: 'a-${{ matrix.i }}', run: 'ls ${{ matrix.i }}', matrix: {i: {range: 0}}}
""",
    "a parameter without its shape": """parameters: {n: {type: int}}
tasks:
  - {id: 'a-${{ params.n }}', run: ls}
""",
    "a parameter without a value": """parameters: {n: {}}
tasks:
  - {id: a, run: ls, inputs: [{path: '${{ params.n }}.csv'}]}
""",
    "a parameter of a wrong value": """parameters: {n: {type: integer, default: x}}
tasks:
  - {id: 'a-${{ matrix.i }}', run: ls, matrix: {i: {range: '${{ params.n }}'}}}
""",
    "an unknown parameter in a path": """tasks:
  - {id: a, run: ls, inputs: [{path: '${{ params.n }}.csv'}]}
""",
    "an unknown parameter in an id": """tasks:
  - {id: '${{ params.n }}', run: ls}
""",
    "an unknown parameter for a mapping": """tasks:
  - {id: a, run: ls, environment: '${{ params.n }}'}
""",
    "an unknown parameter for a task": """tasks:
  - ${{ params.n }}
  - {id: b, run: ls, depends_on: [hello]}
""",
    "a task of another kind": """tasks:
  - 5
  - {id: b, run: ls, depends_on: [x]}
""",
    "a task of a matrix": """tasks:
  - {id: 'a-${{ matrix.i }}', run: ls, matrix: {i: [b, ' ']}}
  - {id: c, run: ls, depends_on: [a-x]}
""",
}


@pytest.mark.parametrize("text", ALONE.values(), ids=ALONE)
def test_a_flaw_is_told_and_not_what_it_causes(text: str, project: Project) -> None:
    assert len(project.findings(HEAD + text)) == 1


# A flaw beside a fault that has nothing to do with it: both are told.
BOTH = {
    "shape and rule in one task": ("tasks: [{id: a, command: a && b, retries: x}]\n", ["BS406", "BS103"]),
    "two flaws in one list": (
        "tasks: [{id: a, run: ls, depends_on: [true, 2.5, nope]}]\n",
        ["BS103", "BS103", "BS203"],
    ),
    "shape and expression": ("tasks: [{id: a, run: '${{ params.x }}', retries: x}]\n", ["BS207", "BS103"]),
    "a broken task before one that is wrong": (
        "tasks: [5, {id: b, run: ls, inputs: [{path: no.csv}]}]\n",
        ["BS103", "BS401"],
    ),
    "a broken matrix and a rule in the same task": (
        "tasks: [{id: 'a-${{ matrix.i }}', matrix: {i: 5}, command: a && b}]\n",
        ["BS103", "BS406"],
    ),
    "tasks of two matrices": (
        """tasks:
  - {id: 'a-${{ matrix.i }}', matrix: {i: [x, ' ']}, run: ls}
  - {id: b, run: ls, required_slots: '${{ matrix.n }}', matrix: {n: [1, 0]}}
""",
        ["BS205", "BS106"],
    ),
}


@pytest.mark.parametrize(("text", "codes"), BOTH.values(), ids=BOTH)
def test_faults_beside_each_other_are_all_told(text: str, codes: list[str], project: Project) -> None:
    assert project.codes(HEAD + text) == codes


def test_a_missing_part_does_not_hide_what_the_others_have_wrong(project: Project) -> None:
    assert project.codes("batchspec: v1\nname: a\njob: {id: j}\ntasks: [{id: a, command: a | b}]\n") == [
        "BS202",
        "BS406",
    ]


def test_as_written_and_with_each_target_a_spec_is_checked(project: Project) -> None:
    text = SMALLEST + "targets:\n  one: {pool: {nodes: {dedicated: [0]}}}\n  two: {name: [x]}\n"

    assert [(one.code, one.span and one.span.start.line) for one in project.findings(text)] == [
        ("BS103", 7),
        ("BS103", 8),
    ]
    assert project.codes(text, target="local") == []


def test_an_unset_variable_is_a_note_offline_and_an_error_otherwise(project: Project) -> None:
    text = HEAD + "tasks: [{id: a, run: ls, environment: {K: '${{ env.NOT_SET }}'}}]\n"

    assert [one.severity for one in project.findings(text, offline=True)] == [Severity.NOTE]
    assert [one.severity for one in project.findings(text)] == [Severity.ERROR]


def test_offline_a_spec_that_needs_an_unset_variable_is_not_wrong(project: Project) -> None:
    checked = project.check(
        HEAD.replace("dedicated: 1", 'dedicated: "${{ env.NODES }}"') + "tasks: [{id: a, run: ls}]\n", offline=True
    )

    assert checked.ok
    assert checked.specs == ()


def test_all_documents_of_a_file_are_checked(project: Project) -> None:
    checked = project.check(f"{SMALLEST}---\n{SMALLEST.replace('demo', 'other')}")

    assert [spec.keys.name for spec in checked.specs] == ["demo", "other"]


def test_findings_do_not_show_the_environment(project: Project) -> None:
    text = HEAD + "tasks: [{id: a, run: ls, retries: '${{ env.KEY }}', inputs: [{path: '${{ env.KEY }}'}]}]\n"

    for one in project.findings(text, environ={"KEY": "s3cret"}):
        assert "s3cret" not in f"{one.message} {one.hint}"


SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(nearly_good(), st.booleans())
def test_validate_never_raises_and_says_why_there_is_no_spec(
    tmp_path: Path, tree: dict[str, Any], offline: bool
) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")

    checked = api.validate([path], Settings(offline=offline))

    assert checked.ok == (not [one for one in checked.diagnostics if one.severity is Severity.ERROR])
    assert checked.specs or checked.diagnostics
    for one in checked.diagnostics:
        assert one.span is not None
        assert one.message[0] == one.message[0].lower()
        assert not one.message.endswith(".")
        assert "\n" not in (one.hint or "")


expressions = st.sampled_from(
    [
        "${{ params.n }}",
        "${{ params.nope }}",
        "${{ matrix.i }}",
        "${{ env.HOME }}",
        "${{",
        "x-${{ params.mode }}",
        "${{ [1] }}",
    ]
)


@SLOW
@given(nearly_good(), st.randoms(use_true_random=False), expressions, st.integers(1, 3))
def test_expressions_anywhere_never_raise(tree: dict[str, Any], chance: random.Random, text: str, count: int) -> None:
    for _ in range(count):
        place = chance.choice(places(tree)[1:])
        owner: Any = tree
        for step in place[:-1]:
            owner = owner[step]
        owner[place[-1]] = text

    result = check(node(tree), Settings())

    assert (result.value is not None) is not any(one.severity is Severity.ERROR for one in result.diagnostics)
    assert result.value is not None or result.diagnostics


@SLOW
@given(nearly_good())
def test_a_mended_document_always_binds(tree: dict[str, Any]) -> None:
    document = node(tree)
    assert isinstance(document, Mapping)
    drafted = draft(document, Settings())
    flaws = [*unknown(drafted.tree), *explain(drafted.tree)]

    made = mended(drafted, lambda one: mend(one, flaws))

    Table(SpecKeys).bind(made.tree, "", {})
    tasks = made.tree.get("tasks")
    assert len(made.templates) == (len(tasks.items) if isinstance(tasks, Sequence) else 0)


def test_mending_moves_nothing_else() -> None:
    tree = {"batchspec": "v1", "tasks": [5, {"id": "b", "run": "ls", "depends_on": [True, "x"]}]}
    document = node(copy.deepcopy(tree))
    assert isinstance(document, Mapping)

    made = mend(document, explain(document))

    tasks = made.values["tasks"].items  # type: ignore[attr-defined]  # a sequence
    assert [task.values["id"].value for task in tasks] == ["hello", "b"]
    assert [one.value for one in tasks[1].values["depends_on"].items] == ["grid", "x"]


def test_many_flawed_templates_are_explained_each_by_itself(project: Project) -> None:
    task = "  - {{id: 'a{0}-${{{{ matrix.i }}}}', run: ls, retries: '${{{{ matrix.i }}}}', matrix: {{i: [1, x]}}}}\n"
    start = time.process_time()

    found = project.findings(f"{HEAD}tasks:\n{''.join(task.format(at) for at in range(200))}", target="local")

    errors = [one for one in found if one.severity is Severity.ERROR]
    assert [(one.code, one.pointer) for one in errors] == [("BS103", f"/tasks/{at}/retries") for at in range(200)]
    assert time.process_time() - start < 10  # each against the whole spec took a minute


def test_findings_of_shared_places_are_told_once(project: Project) -> None:
    text = """job: {id: demo, environment: &shared {A: [1]}}
tasks:
  - {id: a, run: ls, environment: *shared}
  - {id: b, run: ls, environment: *shared}
"""
    head = HEAD.replace("job: {id: demo}\n", "")

    assert [one.pointer for one in project.findings(head + text)] == ["/job/environment/A"]
