"""The graph as its reader wrote it: a step a template, and every task's own dependencies in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from batchspec.spec.outline import Step, each, outline
from tests.support.project import HEAD, Project

SHARDED = """tasks:
  - id: split
    command: ls
    outputs: [{path: part}]
  - id: work-${{ matrix.n }}
    name: work
    matrix: {n: {range: 3}}
    command: ls
    inputs: [{task: split}]
    outputs: [{path: part}]
  - id: merge
    command: ls
    inputs: [{task: work}]
"""


def test_a_template_is_one_step_however_many_tasks_it_makes(project: Project) -> None:
    spec = project.spec(HEAD + SHARDED)

    assert outline(spec) == (Step("split", 1, ()), Step("work", 3, (0,)), Step("merge", 1, (1,)))


def test_each_task_may_be_a_step(project: Project) -> None:
    spec = project.spec(HEAD + SHARDED)

    assert [step.label for step in each(spec)] == ["split", "work-0", "work-1", "work-2", "merge"]
    assert each(spec)[-1] == Step("merge", 1, (1, 2, 3))


EACH_WAITS_FOR_ITS_OWN = """[
  {id: a-1, command: ls}, {id: a-2, command: ls},
  {id: "b-${{ matrix.n }}", matrix: {n: [1, 2]}, command: ls, depends_on: ["a-${{ matrix.n }}"]},
]"""
BY_NUMBERS = """[
  {id: "${{ matrix.n }}", matrix: {n: {range: 4}}, command: ls},
  {id: end, command: ls, depends_on: [{start: 1, end: 2}]},
]"""


@pytest.mark.parametrize(
    ("tasks", "steps"),
    [
        ("[{id: a, command: ls}, {id: b, command: ls, depends_on: [a]}]", [Step("a", 1, ()), Step("b", 1, (0,))]),
        ("[{id: 'n-${{ matrix.n }}', matrix: {n: [1, 2]}, command: ls}]", [Step("n-1 to n-2", 2, ())]),
        (BY_NUMBERS, [Step("0 to 3", 4, ()), Step("end", 1, (0,))]),
        (EACH_WAITS_FOR_ITS_OWN, [Step("a-1", 1, ()), Step("a-2", 1, ()), Step("b-1 to b-2", 2, (0, 1))]),
    ],
)
def test_steps(project: Project, tasks: str, steps: list[Step]) -> None:
    assert outline(project.spec(HEAD + f"tasks: {tasks}\n")) == tuple(steps)


@given(st.data())
@settings(max_examples=30)
def test_the_steps_hold_the_dependencies_of_all_tasks_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    ids = [f"t{at}-{n}" for at, size in enumerate(sizes) for n in range(size)]
    lines = []
    for at, size in enumerate(sizes):
        after = data.draw(st.lists(st.sampled_from([id_ for id_ in ids if int(id_[1]) < at] or ["-"]), max_size=3))
        known = sorted({id_ for id_ in after if id_ != "-"})
        matrix = f"matrix: {{n: {{range: {size}}}}}"
        lines.append(f"  - {{id: 't{at}-${{{{ matrix.n }}}}', {matrix}, command: ls, depends_on: {known}}}")
    spec = Project(tmp_path_factory.mktemp("outline")).spec(HEAD + "tasks:\n" + "\n".join(lines) + "\n")

    expected = [
        {int(parent[1]) for task in spec.tasks if task.id.startswith(f"t{at}-") for parent in spec.graph.parents(task)}
        for at in range(len(sizes))
    ]
    assert [set(step.after) for step in outline(spec)] == expected
    assert [step.count for step in outline(spec)] == sizes
