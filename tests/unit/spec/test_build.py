"""Document to typed spec: targets, parameters, expressions, templates, secrets."""

from __future__ import annotations

import pytest

from batchspec.spec.build import Spec
from tests.support.project import HEAD, SMALLEST, Project


def test_what_is_not_written_is_left_to_the_service(project: Project) -> None:
    spec = project.spec(SMALLEST)
    assert spec.keys.pool is not None
    assert spec.keys.job is not None
    task = spec.tasks[0]

    assert (spec.keys.pool.task_slots_per_node, spec.keys.job.priority, spec.keys.storage) == (None, None, None)
    assert (task.name, task.inputs, task.retries, task.required_slots) == (None, (), None, None)


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

    assert keys.pool is not None
    assert keys.pool.nodes is not None
    assert keys.job is not None
    assert (keys.pool.id, keys.pool.nodes.dedicated, keys.job.id) == (pool, nodes, job)


def test_a_null_in_a_target_takes_a_key_away(project: Project) -> None:
    text = SMALLEST.replace("nodes: {dedicated: 1}", "nodes: {dedicated: 1}, start_task: {run: ls}")

    spec = project.spec(text + "targets: {local: {pool: {start_task: null}}}\n", target="local")

    assert spec.keys.pool is not None
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


DEFAULTS = """batchspec: v1
name: demo
pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job:
  id: demo
  task_defaults:
    command: default
    retries: 2
    environment: {MODE: fast, N: "${{ matrix.n }}"}
    inputs: [{url: "https://host/x"}]
tasks:
"""
# a task, and what of it is then: command, run, retries, environment
WITH_DEFAULTS: dict[str, tuple[str, tuple[object, object, object, object]]] = {
    "what it does not say": (
        "{id: a, matrix: {n: [1]}}",
        ("default", None, 2, {"MODE": "fast", "N": 1}),
    ),
    "its own keys win": (
        "{id: a, command: own, retries: 1, matrix: {n: [1]}, environment: {MODE: slow, OWN: x}}",
        ("own", None, 1, {"MODE": "slow", "N": 1, "OWN": "x"}),
    ),
    "a script in place of a command": (
        "{id: a, run: ls, environment: {N: 0}}",
        (None, "ls", 2, {"MODE": "fast", "N": 0}),
    ),
    "null takes away": (
        "{id: a, retries: null, environment: null}",
        ("default", None, None, None),
    ),
}


@pytest.mark.parametrize(("task", "outcome"), WITH_DEFAULTS.values(), ids=WITH_DEFAULTS)
def test_a_task_has_what_the_jobs_defaults_say_and_it_does_not(
    task: str, outcome: tuple[object, ...], project: Project
) -> None:
    (made,) = project.spec(f"{DEFAULTS}  - {task}\n").tasks

    assert (made.command, made.run, made.retries, made.environment) == outcome


def test_what_the_defaults_give_is_one_object_in_all_tasks(project: Project) -> None:
    plain = DEFAULTS.replace(', N: "${{ matrix.n }}"', "")
    tasks = "  - {id: a}\n  - {id: b}\n  - {id: 'c-${{ matrix.i }}', matrix: {i: {range: 9}}}\n"
    one, other, *_, last = project.spec(plain + tasks).tasks

    assert one.at("inputs") is other.at("inputs") is last.at("inputs")


def test_a_flaw_in_the_defaults_is_told_once_and_there(project: Project) -> None:
    tasks = "".join(f"  - {{id: t{at}, run: ls, environment: {{N: 0}}}}\n" for at in range(20))
    text = (DEFAULTS + tasks).replace("retries: 2", "retries: x").replace("inputs: [{url", "inpts: [{url")

    found = [one for one in project.findings(text) if one.severity.value == "error"]

    assert [(one.code, one.pointer) for one in found] == [
        ("BS103", "/job/task_defaults/retries"),
        ("BS101", "/job/task_defaults/inpts"),
    ]


def test_defaults_that_speak_of_the_matrix_need_one(project: Project) -> None:
    (found,) = (one for one in project.findings(DEFAULTS + "  - {id: a}\n") if one.severity.value == "error")

    assert (found.code, found.message, found.span and found.span.start.line) == ("BS207", "there is no matrix here", 9)


LITERAL = """parameters: {p: {default: '${{ "${{" }} x }}'}}
tasks:
  - {id: a, matrix: {i: ['${{ "${{" }}']}, command: [x, '${{ matrix.i }}', '${{ params.p }}']}
  - {id: b, run: 'echo ${{ "${{" }} github.ref }}'}
"""


def test_a_literal_opening_is_written_as_an_expression(project: Project) -> None:
    first, second = (one.body for one in project.program(HEAD + LITERAL).tasks)

    assert first.command_line == "x '${{' '${{ x }}'"
    assert second.environment_settings[-1].value == "echo ${{ github.ref }}"


def test_a_literal_opening_where_none_can_stand_is_told(project: Project) -> None:
    text = HEAD + "tasks: [{id: '${{ \"${{\" }}', run: ls}]\n"

    assert [one.code for one in project.findings(text) if one.severity.value == "error"] == ["BS105"]


AXES = """tasks:
  - id: f-${{ matrix.file.stem }}
    run: cat ${{ matrix.file }} ${{ matrix.file.name }} ${{ matrix.file.suffix | upper }}
    inputs: [{path: "${{ matrix.file.path }}"}]
    matrix: {file: {files: "data/**/*.csv"}}
  - id: r-${{ matrix.row.station }}-${{ matrix.n }}
    run: echo ${{ matrix.row["the name"] }} ${{ matrix.row.height | int + 1 }}
    matrix: {row: {csv: data/a.csv}, n: [1, 2], zip: true, include: []}
"""
FILES = {"data/a.csv": 'station,the name,height\noslo,"Oslo, east",10\nbergen,Bergen,20\n', "data/in/b.csv": "x\n1\n"}


def test_axes_of_files_and_of_tables(project: Project) -> None:
    spec = project.spec({"spec.yaml": HEAD + AXES, **FILES})

    assert [(task.id, task.run) for task in spec.tasks] == [
        ("f-a", "cat data/a.csv a.csv .CSV"),
        ("f-b", "cat data/in/b.csv b.csv .CSV"),
        ("r-oslo-1", "echo Oslo, east 11"),
        ("r-bergen-2", "echo Bergen 21"),
    ]


def test_what_is_in_a_table_is_part_of_the_fingerprint(project: Project) -> None:
    marks = []
    for height in ("10", "11"):
        table = FILES["data/a.csv"].replace("10", height)
        program = project.program({"spec.yaml": HEAD + AXES, **FILES, "data/a.csv": table})
        assert program.job is not None
        marks.append([item.value for item in program.job.body.metadata])

    assert marks[0] != marks[1]


def test_more_tasks_than_the_limit_is_what_the_caller_says(project: Project) -> None:
    text = HEAD + "tasks: [{id: 'a-${{ matrix.i }}', run: ls, matrix: {i: {range: 11}}}]\n"

    assert "BS304" in project.codes(text, max_tasks=10)
    assert "BS304" not in project.codes(text, max_tasks=11)


def test_an_id_of_a_matrix_may_be_a_whole_number_when_it_is_made_a_text(project: Project) -> None:
    text = HEAD + "tasks: [{id: '${{ matrix.i | string }}', run: ls, matrix: {i: {range: 3}}}]\n"

    assert ids(project.spec(text)) == ["0", "1", "2"]
