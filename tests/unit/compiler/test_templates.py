"""The tasks of a template, made from what they have alike, are the tasks made one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec.compiler.files import Files
from batchspec.compiler.links import Placeholders
from batchspec.compiler.tasks import _Maker
from batchspec.service.bodies import text
from batchspec.spec.expand import Expanded
from batchspec.spec.model import Task
from tests.support.imports import built

N, T, YES = "${{ matrix.i }}", "${{ matrix.t }}", "${{ matrix.yes }}"
# Each key of a task: a value that the matrix changes, and one that it does not.
KEYS: dict[str, tuple[str, str]] = {
    "command": (f"echo {N}", "echo"),
    "run": (f"echo {N}", "echo"),
    "environment": (f"{{A: '{N}', B: '{YES}', C: fixed, D: null}}", "{A: fixed}"),
    "inputs": (
        f"[{{url: 'https://h/{N}'}}, {{url: 'https://h/all.csv'}}, {{path: 'data/{N}.txt', to: x}}, {{task: first}}]",
        "[{url: 'https://h/all.csv'}, {path: data/1.txt}, {task: some}]",
    ),
    "elevated": (YES, "true"),
    "user_identity": (f"{{user_name: 'user-{N}'}}", "{user_name: user}"),
    "container_settings": (f"{{image_name: 'image:{N}'}}", "{image_name: image}"),
    "outputs": (f"[{{path: 'out/{N}/*.csv'}}]", "[{path: out.csv, when: always}]"),
    "retries": (N, "2"),
    "timeout": (T, "1h"),
    "retention": (T, "1h"),
    "required_slots": (N, "2"),
    "application_package_references": (
        f"[{{application_id: 'p-{N}'}}, {{application_id: q}}]",
        "[{application_id: q}]",
    ),
    "authentication_token_settings": ("{access: ['${{ matrix.access }}']}", "{access: [job]}"),
    "on_dependency_failure": ("${{ 'satisfy' if matrix.yes else 'block' }}", "satisfy"),
    "exit_conditions": (
        f"{{exit_codes: [{{code: '{N}', exit_options: {{dependency_action: satisfy}}}}]}}",
        "{default: {dependency_action: satisfy}}",
    ),
    "name": (f"name-{N}", "name"),
    "depends_on": (f"['u-{N}', some]", "[first]"),
    "multi_instance_settings": (
        f"{{coordination_command_line: 'echo {N}', common_resource_files: [{{path: 'data/{N}.txt'}}]}}",
        "{coordination_command_line: echo, common_resource_files: [{url: 'https://h/all.csv'}]}",
    ),
    "affinity_info": (f"{{affinity_id: 'node-{N}'}}", "{affinity_id: node}"),
}
TASKS = """\
batchspec: v1
name: demo
job: {id: demo, pool_info: {pool_id: p}, inputs: [{url: "https://h/job.csv"}]}
tasks:
  - {id: first, command: ls, outputs: [{path: out.csv}]}
  - {id: "${{ matrix.i | string }}", name: some, command: ls, outputs: [{path: "*.csv"}], matrix: {i: {range: 3}}}
  - id: t-${{ matrix.i }}
    matrix: {i: [1, 2, 3], t: [1h, 2h, 3h], yes: [true, false, true], access: [job, job, job], zip: true}
"""


def maker(folder: Path, key: str, value: str, *, stores: bool) -> _Maker:
    """Of a spec whose last template has a key."""
    run = "" if key in ("command", "run") else "    run: echo $X\n"
    (folder / "data").mkdir()
    for at in (1, 2, 3):
        (folder / f"data/{at}.txt").write_text(f"{at}")
    links = Placeholders()
    links.stores = stores
    spec = built(f"{TASKS}    {key}: {value}\n{run}", folder)
    return _Maker(spec, Files(spec, links))


def test_every_key_is_looked_at() -> None:
    assert KEYS.keys() | {"id", "matrix"} == Task.rows.keys()


@pytest.mark.parametrize("stores", [True, False], ids=["logs kept", "no storage"])
@pytest.mark.parametrize("moves", [True, False], ids=["the matrix changes it", "it stays"])
@pytest.mark.parametrize("key", KEYS)
def test_a_templates_bodies_are_those_made_one_by_one(tmp_path: Path, key: str, moves: bool, stores: bool) -> None:
    made = maker(tmp_path, key, KEYS[key][0 if moves else 1], stores=stores)

    tasks = made._tasks[4:]

    assert len(tasks) == 3
    assert all(isinstance(task, Expanded) for task in tasks)
    bodies = [text(made.body(at)) for at in (4, 5, 6)]
    assert bodies == [text(made._plain(task)) for task in tasks]
    if moves and key != "on_dependency_failure":  # which is told with those that it waits for
        own = [body.replace(task.id, "t") for body, task in zip(bodies, tasks, strict=True)]
        assert own[0] != own[1] or key == "authentication_token_settings"  # which has one word


def test_what_all_tasks_of_a_template_have_is_shared_by_their_bodies(tmp_path: Path) -> None:
    made = maker(tmp_path, "inputs", KEYS["inputs"][0], stores=True)

    one, other = made.body(5), made.body(6)

    assert one.resource_files is not other.resource_files
    assert [file is same for file, same in zip(one.resource_files, other.resource_files, strict=True)] == [
        True, False, True, False, True
    ]  # fmt: skip
