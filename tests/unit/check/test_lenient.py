"""Who looks at work, or clears it away, does not need what only running needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from batchspec import api
from batchspec.compiler.links import Placeholders
from batchspec.compiler.members import is_empty, is_open
from batchspec.diag import Severity
from batchspec.errors import UsageError
from batchspec.run.download import download
from batchspec.run.status import watch_status
from batchspec.run.wait import wait
from batchspec.spec.draft import Settings
from tests.support.project import HEAD, SPEC, Project
from tests.support.world import World

MATRIX = '{id: "m-${{ matrix.i }}", matrix: {i: {range: 3}}, run: "%s"}'
SECRET = "parameters: {key: {type: string, secret: true, default: '${{ env.NOT_SET }}'}}\n"
GIVEN = "parameters: {key: {type: string, secret: true}}\n"
RETIRED = HEAD.replace("Standard_D2s_v5", "Standard_HB120rs_v2")


def lenient(project: Project, text: str) -> api.Checked:
    project.write(text)
    return api.check_files([project.folder / SPEC], Settings(lenient=True))


EASED = {
    "a variable in a script": (f'{HEAD}tasks: [{{id: a, run: "echo ${{{{ env.NOT_SET }}}}"}}]\n', "BS214"),
    "a variable in a matrix's script": (
        f"{HEAD}tasks: [{MATRIX % 'echo ${{ env.NOT_SET }} ${{ matrix.i }}'}]\n", "BS214",
    ),
    "a variable that only a later combination needs": (
        f"{HEAD}tasks: [{MATRIX % 'echo ${{ env.NOT_SET if matrix.i == 2 else 1 }}'}]\n", "BS214",
    ),
    "a secret parameter from a variable": (
        HEAD + SECRET + 'tasks: [{id: a, run: ls, environment: {KEY: "${{ params.key }}"}}]\n', "BS214",
    ),
    "a secret parameter that is not given": (
        HEAD + GIVEN + 'tasks: [{id: a, run: ls, environment: {KEY: "x${{ params.key }}"}}]\n', "BS209",
    ),
    "a secret parameter of a matrix that is not given": (
        HEAD + GIVEN + f"tasks: [{MATRIX % 'echo ${{ params.key | upper }} ${{ matrix.i }}'}]\n", "BS209",
    ),
    "a file that is gone": (f"{HEAD}tasks: [{{id: a, run: ls, inputs: [{{path: gone.csv}}]}}]\n", "BS401"),
    "a folder in place of a file": (f"{HEAD}tasks: [{{id: a, run: ls, inputs: [{{path: .}}]}}]\n", "BS402"),
    "files that are all gone": (f"{HEAD}tasks: [{{id: a, run: ls, inputs: [{{path: '*.csv'}}]}}]\n", "BS403"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code"), EASED.values(), ids=EASED)
def test_what_only_running_needs_is_a_note_and_every_task_is_known(project: Project, text: str, code: str) -> None:
    checked = lenient(project, text)

    assert checked.ok
    assert {one.severity for one in checked.diagnostics if one.code == code} == {Severity.NOTE}
    (spec,) = checked.specs
    program = api.compile_program(spec, Placeholders())
    assert list(program.task_ids) == (["m-0", "m-1", "m-2"] if "matrix" in text else ["a"])
    assert program.uploads == ()


@pytest.mark.parametrize(("text", "code"), EASED.values(), ids=EASED)
def test_running_needs_it_all(project: Project, text: str, code: str) -> None:
    project.write(text)

    checked = api.check_files([project.folder / SPEC], Settings())

    assert not checked.ok
    assert code in [one.code for one in checked.diagnostics if one.severity is Severity.ERROR]


UNSET = "${{ env.NOT_SET }}"
NAMES = {
    "the job": HEAD.replace("job: {id: demo}", f'job: {{id: "{UNSET}"}}'),
    "the job, by a parameter": HEAD.replace("job: {id: demo}", 'job: {id: "run-${{ params.day }}"}')
    + f"parameters: {{day: {{type: string, default: '{UNSET}'}}}}\n",
    "the job, by a parameter that is not given": HEAD.replace("{id: demo}", '{id: "run-${{ params.key }}"}') + GIVEN,
    "the job, by its whole name": HEAD.replace("{id: demo}", '{id: "${{ params.key }}"}') + GIVEN,
    "the pool": HEAD.replace("pool: {id: demo", f'pool: {{id: "{UNSET}"'),
    "the container": f'{HEAD}storage: {{container: "{UNSET}"}}\n',
    "an output": f"{HEAD}",
}
TASKS = "tasks: [{id: a, run: ls, outputs: [{path: out.csv}]}]\n"


@pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)
def test_what_work_is_called_has_to_be_known(project: Project, text: str) -> None:
    tasks = TASKS.replace("out.csv", UNSET) if text == HEAD else TASKS

    assert not lenient(project, text + tasks).ok


def test_a_parameter_that_is_no_secret_is_given_by_whoever_looks(project: Project) -> None:
    given = GIVEN.replace(", secret: true", "")

    assert not lenient(project, f'{HEAD}{given}tasks: [{{id: a, run: "echo ${{{{ params.key }}}}"}}]\n').ok


def test_how_many_nodes_there_are_has_to_be_known_for_a_spec_to_be_one(project: Project) -> None:
    assert not lenient(project, HEAD.replace("dedicated: 1", f'dedicated: "{UNSET}"') + TASKS).ok


def test_work_on_machines_that_have_been_retired_since_can_be_looked_at(project: Project) -> None:
    project.write(RETIRED + TASKS)
    day = date(2030, 1, 1)

    assert not api.check_files([project.folder / SPEC], Settings(as_of=day)).ok
    assert api.check_files([project.folder / SPEC], Settings(as_of=day, lenient=True)).ok


def test_a_file_that_may_not_be_read_is_no_upload(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"in.csv": "x", SPEC: f"{HEAD}tasks: [{{id: a, run: ls, inputs: [{{path: in.csv}}]}}]\n"})
    (spec,) = api.check_files([project.folder / SPEC], Settings(lenient=True)).specs

    def closed(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", closed)

    program = api.compile_program(spec, Placeholders())

    assert program.uploads == ()
    assert len(program.tasks[0].body.resource_files) == 1


GONE = """\
  - {name: each, id: 'each-${{ matrix.f.stem }}', matrix: {f: {files: '*.csv'}}, run: ls, outputs: [{path: o}]}
"""
PARTIAL: dict[str, tuple[str, str, list[str]]] = {
    "beside others": (f"{GONE}  - {{id: a, run: ls}}\n", "BS215", ["a"]),
    "alone": (GONE, "BS215", []),
    "with one that waits for them": (f"{GONE}  - {{id: merge, run: ls, depends_on: [each]}}\n", "BS215", []),
    "with some that wait through others": (
        (
            "  - {id: z, run: ls, depends_on: [merge]}\n"
            f"  - {{id: a, run: ls}}\n{GONE}  - {{id: merge, run: ls, inputs: [{{task: each}}]}}\n"
        ),
        "BS215",
        ["a"],
    ),
    "a table": (GONE.replace("files: '*.csv'", "csv: gone.csv").replace(".f.stem", ".f.id"), "BS216", []),
}


@pytest.mark.parametrize(("tasks", "code", "known"), PARTIAL.values(), ids=PARTIAL)
def test_without_the_files_of_a_matrix_work_can_be_looked_at(
    project: Project, tasks: str, code: str, known: list[str]
) -> None:
    checked = lenient(project, f"{HEAD}tasks:\n{tasks}")

    assert checked.ok
    assert [one.severity for one in checked.diagnostics if one.code == code] == [Severity.NOTE]
    (spec,) = checked.specs
    program = api.compile_program(spec, Placeholders())
    assert list(program.task_ids) == known
    assert program.partial
    assert is_open(program)
    assert not is_empty(program)


@pytest.mark.parametrize(("tasks", "code", "known"), PARTIAL.values(), ids=PARTIAL)
def test_to_run_a_matrix_takes_its_files(project: Project, tasks: str, code: str, known: list[str]) -> None:
    project.write(f"{HEAD}tasks:\n{tasks}")

    checked = api.check_files([project.folder / SPEC], Settings())

    assert not checked.ok
    assert code in [one.code for one in checked.diagnostics], known


def test_a_matrix_that_is_wrong_in_itself_is_so_for_whoever_looks(project: Project) -> None:
    assert not lenient(project, f"{HEAD}tasks:\n{GONE.replace('*.csv', '../*.csv')}").ok


EACH = {"wait": wait, "download": partial(download, results=Path("out")), "status --watch": watch_status}


@pytest.mark.parametrize("command", EACH.values(), ids=EACH)
def test_what_has_to_do_with_every_task_says_that_not_all_are_known(
    project: Project, command: Callable[..., Iterator[object]]
) -> None:
    (spec,) = lenient(project, f"{HEAD}tasks:\n{GONE}").specs
    world = World()

    with pytest.raises(UsageError, match="not all tasks of the spec"):
        next(command(api.compile_program(spec, Placeholders()), world.batch, world.blobs, world.clock))
