"""What was asked for, as one hash: the same whatever does not change it, another for all that does."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec import api
from batchspec.compiler import compile as compiling, record
from batchspec.compiler.fingerprint import fingerprint
from batchspec.compiler.links import Placeholders
from batchspec.ports import FINGERPRINT_KEY, TASKS_KEY
from batchspec.spec.draft import Settings
from tests.support.project import SPEC, Project
from tests.support.strategies import GOOD, node

BASE = """\
batchspec: v1
name: demo
parameters: {n: {type: integer, default: 2}, unused: {default: a}, key: {default: "${{ env.KEY }}"}}
storage: {container: files}
pool:
  id: demo
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 1}
  start_task: {run: ls, inputs: [{path: start.txt}]}
job: {id: demo, priority: 1}
tasks:
  - id: a-${{ matrix.i }}
    matrix: {i: {range: "${{ params.n }}"}}
    run: echo ${{ matrix.i }} ${{ params.n }} ${{ target.name }}
    environment: {MODE: fast, A: "${{ env.KEY }}", B: "${{ params.key }}", C: "${{ matrix.i }}-${{ params.key }}"}
    inputs: [{path: data.txt}]
targets: {other: {}}
"""
FILES = {"start.txt": "s", "data.txt": "d"}


def prints(project: Project, text: str = BASE, files: dict[str, str] = FILES, **settings_: Any) -> dict[str, str]:
    """The fingerprints of pool, job and tasks."""
    given_ = {"environ": {"KEY": "s3cret"}, **settings_}
    program = project.program({**files, SPEC: text}, **given_)
    assert program.pool is not None
    assert program.job is not None
    parts = (("pool", program.pool, FINGERPRINT_KEY), ("job", program.job, FINGERPRINT_KEY))
    return {
        part: next(one.value for one in made.body.metadata if one.name == key)
        for part, made, key in (*parts, ("tasks", program.job, TASKS_KEY))
    }


def changed(project: Project, **other: Any) -> set[str]:
    before, after = prints(project), prints(project, **other)
    return {part for part in before if before[part] != after[part]}


# What is changed, and whose fingerprint that moves.
CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing": ({}, set()),
    "a comment": ({"text": BASE + "# more\n"}, set()),
    "the order of keys": ({"text": BASE.replace("{id: demo, priority: 1}", "{priority: 1, id: demo}")}, set()),
    "quotes": ({"text": BASE.replace("MODE: fast", "MODE: 'fast'")}, set()),
    "an unused target": ({"text": BASE + "  third: {pool: {id: other}}\n".replace("  third", "# third")}, set()),
    "a secret": ({"environ": {"KEY": "other"}}, {"tasks"}),
    "the machines": ({"text": BASE.replace("D2s", "D4s")}, {"pool"}),
    "the node count": ({"text": BASE.replace("dedicated: 1", "dedicated: 2")}, {"pool"}),
    "a lifetime": ({"text": BASE.replace("pool:\n  id: demo", "pool:\n  lifetime: 8h\n  id: demo")}, {"pool"}),
    "what becomes of the pool": ({"text": BASE + "on_finish: {pool: delete}\n"}, {"pool"}),
    "a file of the start task": ({"files": {**FILES, "start.txt": "t"}}, {"pool"}),
    "the pool": ({"text": BASE.replace("pool:\n  id: demo", "pool:\n  id: other")}, {"job"}),
    "the container": ({"text": BASE.replace("files", "other")}, {"pool", "tasks"}),
    "the name": ({"text": BASE.replace("name: demo", "name: other")}, set()),
    "the priority": ({"text": BASE.replace("priority: 1", "priority: 2")}, {"job"}),
    "a file of a task": ({"files": {**FILES, "data.txt": "e"}}, {"tasks"}),
    "a variable": ({"text": BASE.replace("fast", "slow")}, {"tasks"}),
    "a script": ({"text": BASE.replace("echo", "printf")}, {"tasks"}),
    "a parameter": ({"parameters": {"n": 3}}, {"tasks"}),
    "the target's name in a script": ({"target": "other"}, {"tasks"}),
    "an axis": ({"text": BASE.replace("matrix: {i:", "matrix: {j: [1], i:")}, {"tasks"}),
}


@pytest.mark.parametrize(("change", "moved"), CHANGES.values(), ids=CHANGES)
def test_a_change_moves_the_fingerprint_of_what_it_changes(
    project: Project, change: dict[str, Any], moved: set[str]
) -> None:
    assert changed(project, **change) == moved


GUESSED = """\
batchspec: v1
name: demo
parameters: {n: {default: a}, word: {secret: true}, other: {default: x}}
pool:
  id: demo
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 1}
  user_accounts: [{name: u, password: "${{ env.WORD }}${{ params.word }}"}]
job: {id: demo}
tasks:
  - id: a-${{ matrix.i }}
    matrix: {i: [a, b]}
    run: |
      echo env.KEY USED
"""
GIVEN = {"environ": {"KEY": "1", "WORD": "1"}, "parameters": {"word": "1"}}
USES = ["matrix.i ~ env['KEY']", "'a' if matrix.i == env.KEY else 'b'", "env.KEY", "env.KEY ~ matrix.i ~ params.n"]


def prints_of(project: Project, used: str, **other: Any) -> dict[str, str]:
    text = GUESSED.replace("USED", f"${{{{ {used} }}}}")
    return prints(project, text, **{name: {**value, **other.get(name, {})} for name, value in GIVEN.items()})


@pytest.mark.parametrize("used", ["matrix.i", "'a' if matrix.i == params.n else target.name", "env.KEY ~ matrix.i"])
@pytest.mark.parametrize(
    ("other", "moved"),
    [
        ({"environ": {"WORD": "2"}}, {"pool"}),
        ({"parameters": {"word": "2"}}, {"pool"}),
        ({"parameters": {"other": "y"}}, set()),
    ],
)
def test_what_a_matrix_does_not_use_is_no_part_of_its_tasks(
    project: Project, used: str, other: dict[str, Any], moved: set[str]
) -> None:
    before, after = prints_of(project, used), prints_of(project, used, **other)

    assert {part for part in before if before[part] != after[part]} == moved
    assert (len(before["tasks"]) == 64) == ("env" not in used)


@pytest.mark.parametrize("used", USES)
def test_what_tasks_use_of_the_environment_moves_them(project: Project, used: str) -> None:
    before, after = prints_of(project, used), prints_of(project, used, environ={"KEY": "2"})

    assert {part for part in before if before[part] != after[part]} == {"tasks"}


@pytest.mark.parametrize("used", [*USES, "matrix.i ~ params['word']"])
def test_what_could_be_guessed_is_hashed_slowly(project: Project, used: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow hash is made constant: what still moves with a guess is cheap to try."""
    monkeypatch.setattr(compiling, "slow", lambda *_: "slow")
    monkeypatch.setattr(record, "slow", lambda *_: "slow")
    other = {"environ": {"KEY": "2", "WORD": "2"}, "parameters": {"word": "2"}}

    assert prints_of(project, used) == prints_of(project, used, **other)
    assert prints_of(project, used)["tasks"] == "slow"


def test_kinds_of_values_are_told_apart() -> None:
    parts = [1, "1", True, None, "null", [], {}, [1], ["1"], 1.5]

    assert len({fingerprint(node({"a": part})) for part in parts}) == len(parts)
    assert fingerprint(node([1, 2])) != fingerprint(node([2, 1]))


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_key_order_does_not_change_the_compiled_bytes(project: Project, chance: random.Random) -> None:
    def compiled(tree: Any) -> str:
        path = project.folder / SPEC
        path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
        (spec,) = api.check_files([path], Settings()).specs
        wire = api.compile_program(spec, Placeholders()).wire()
        wire["tasks"].sort(key=lambda task: task["id"])
        for task in wire["tasks"]:  # a list in the body, a mapping in the spec
            task.get("environmentSettings", []).sort(key=lambda one: one["name"])
            task.get("dependsOn", {}).get("taskIds", []).sort()  # a matrix's axes, in another order
        for part in (wire["job"]["commonEnvironmentSettings"], wire["pool"]["startTask"]["environmentSettings"]):
            part.sort(key=lambda one: one["name"])
        return json.dumps(wire, sort_keys=True)

    tree = copy.deepcopy(GOOD)
    tree["tasks"][1]["id"] = "part-${{ matrix.i }}-${{ matrix.j }}"
    assert compiled(shuffled(copy.deepcopy(tree), chance)) == compiled(tree)
