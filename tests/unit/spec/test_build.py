"""Document to typed spec: targets, parameters, expressions, templates, secrets."""

from __future__ import annotations

import pytest

from batchspec.spec.build import Spec
from tests.support.project import HEAD, SMALLEST, Project


def test_defaults_are_the_languages(project: Project) -> None:
    spec = project.spec(SMALLEST)
    task = spec.tasks[0]

    assert (spec.keys.pool.task_slots_per_node, spec.keys.job.priority, spec.keys.storage) == (1, 0, None)
    assert (task.name, task.inputs, task.retries, task.required_slots) == (None, (), None, 1)


TARGETS = """targets:
  local: {pool: {id: here, nodes: {dedicated: 3}}}
  other: {job: {id: "to-${{ target.name }}"}}
"""


@pytest.mark.parametrize(
    ("target", "pool", "nodes", "job"),
    [
        ("", "demo", 1, "demo"),
        ("local", "here", 3, "demo"),
        ("other", "demo", 1, "to-other"),
        ("azure", "demo", 1, "demo"),
    ],
)
def test_a_target_patches_the_spec(project: Project, target: str, pool: str, nodes: int, job: str) -> None:
    keys = project.spec(SMALLEST + TARGETS, target=target).keys

    assert (keys.pool.id, keys.pool.nodes.dedicated, keys.job.id) == (pool, nodes, job)


def test_a_null_in_a_target_takes_a_key_away(project: Project) -> None:
    text = SMALLEST.replace("nodes: {dedicated: 1}", "nodes: {dedicated: 1}, start_task: {run: ls}")

    spec = project.spec(text + "targets: {local: {pool: {start_task: null}}}\n", target="local")

    assert spec.keys.pool.start_task is None


def ids(spec: Spec) -> list[str]:
    return [task.id for task in spec.tasks]


MATRIX = """parameters: {n: {type: integer, default: 2}}
tasks:
  - id: ${{ matrix.x }}-${{ matrix.i }}
    name: all
    matrix: {x: [a, b], i: {range: "${{ params.n }}"}}
    run: echo ${{ matrix.i * 10 }} ${{ params.n }}
  - {id: last, run: ls, depends_on: [all]}
"""


def test_a_template_makes_a_task_for_each_combination(project: Project) -> None:
    spec = project.spec(HEAD + MATRIX)

    assert ids(spec) == ["a-0", "a-1", "b-0", "b-1", "last"]
    assert [task.run for task in spec.tasks[:2]] == ["echo 0 2", "echo 10 2"]
    assert spec.groups == (range(4), range(4, 5))
    assert [(task.id, count) for task, count in spec.examples()] == [("a-0", 4), ("last", 1)]


def test_parameters_shape_the_matrix(project: Project) -> None:
    assert len(project.spec(HEAD + MATRIX, parameters={"n": "3"}).tasks) == 7


def test_what_tasks_of_a_template_share_is_bound_once(project: Project) -> None:
    text = MATRIX.replace("    name: all\n", "    name: all\n    inputs: [{url: https://host/x}]\n")

    first, second, *_ = project.spec(HEAD + text).tasks

    assert first.inputs[0] is second.inputs[0]


def test_a_value_of_the_environment_is_remembered_as_secret(project: Project) -> None:
    text = (
        HEAD + "tasks: [{id: a, run: ls, environment: {K: '${{ env.KEY }}', H: '${{ env.NOT_READ | default(1) }}'}}]\n"
    )

    spec = project.spec(text, environ={"KEY": "s3cret", "OTHER": "not read"})

    assert spec.secrets == {"s3cret"}
    assert spec.tasks[0].environment == {"K": "s3cret", "H": 1}


def test_the_spec_knows_its_name_and_folder(project: Project) -> None:
    spec = project.spec(HEAD + "tasks: [{id: a, run: 'echo ${{ spec.name }}'}]\n")

    assert spec.tasks[0].run == "echo demo"
    assert spec.folder == project.folder


def test_what_an_expression_makes_of_a_secret_is_secret_too(project: Project) -> None:
    words = "'${{ env.KEY | upper }}', 'x${{ env.KEY[0:4] }}y', '${{ env.PIN | int }}'"
    text = f"{HEAD}tasks: [{{id: a, command: [echo, {words}]}}]\n"

    spec = project.spec(text, environ={"KEY": "s3cret-word", "PIN": "0123456"})

    assert spec.secrets == {"s3cret-word", "S3CRET-WORD", "s3cr", "0123456", "123456"}
