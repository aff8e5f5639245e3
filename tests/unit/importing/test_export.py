"""The law of the export: what is live, exported and compiled again, is what is live."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec import api
from batchspec.compiler.links import Placeholders
from batchspec.compiler.program import Program
from batchspec.importing.export import Live, export
from batchspec.importing.texts import Secrets
from batchspec.ports import OWNER_KEY
from batchspec.service.bodies import wire
from batchspec.spec.draft import Settings
from tests.support.imports import body, compiled
from tests.support.shown import STATE, shown
from tests.support.wire_values import NEW, OLD, ROOTS, bodies, canonical

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.yaml"))
LINKS = Placeholders("https://account.blob.core.windows.net")
Body = dict[str, Any]


def signed(value: Any) -> Any:
    """JSON whose placeholders for signatures look like signatures."""
    return json.loads(json.dumps(value).replace("?<sas:", "?sig=<sas:"))


def live(program: Program) -> Live:
    """The service's side of a program that was applied."""
    pool = shown("pool", signed(wire(program.pool.body))) if program.pool is not None else None
    job = shown("job", signed(wire(program.job.body))) if program.job is not None else None
    retries = ((job or {}).get("constraints") or {}).get("maxTaskRetryCount", 0)
    if program.schedule is not None:  # its tasks are as they were stored
        schedule = {**signed(wire(program.schedule.body)), **STATE}
        return Live(pool, None, schedule, [wire(made.body) for made in program.tasks])
    return Live(pool, job, None, [shown("task", signed(wire(made.body)), retries) for made in program.tasks])


def told(program: Program) -> Any:
    """The request bodies without signatures and marks, as the service tells them."""
    wired = json.loads(re.sub(r"\?<sas:\w+>", "", json.dumps(program.wire())))
    found = {kind: shown(kind, wired[kind]) for kind in ("pool", "job") if kind in wired}
    found["job_schedule"] = wired.get("job_schedule")
    return {**found, "tasks": [shown("task", task) for task in wired.get("tasks", ())]}


def comparable(program: Program) -> Any:
    """As told; the manager of a schedule apart, whose file of tasks has another name for every link in it.

    A link of the spec's own is signed by the manager, and one that was exported has no signature.
    """
    made = told(program)
    if made["job_schedule"] is not None:
        del made["job_schedule"]["jobSpecification"]["jobManagerTask"]
    return made


def of_spec(path: Path, target: str) -> Program:
    checked = api.check_files([path], Settings(target=target))
    assert checked.ok
    return api.compile_program(checked.specs[0], LINKS)


@pytest.mark.parametrize("target", ["azure", "local"])
@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_a_shipped_spec_that_was_applied_comes_out_as_it_went_in(path: Path, target: str) -> None:
    program = of_spec(path, target)

    made = export(live(program))

    back = compiled(made.text, LINKS)
    assert comparable(back) == comparable(program)
    assert (back.name, back.container, back.logs) == (program.name, program.container, program.logs)
    assert "sig=" not in made.text


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_the_export_of_a_shipped_spec_is_a_good_spec(path: Path, tmp_path: Path) -> None:
    exported = tmp_path / "spec.yaml"
    exported.write_text(export(live(of_spec(path, "azure"))).text)

    checked = api.validate([exported], Settings(target="azure"))

    assert checked.ok, [one.message for one in checked.diagnostics]


TASKS = """\
batchspec: v1
name: demo
storage: {container: things}
pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: demo-1}
tasks:
"""
A, B = "{id: a, run: x, outputs: [{path: o.txt}]}", "{id: b, run: x, inputs: [{task: a}]}"
GROUP = '{id: "a-${{ matrix.n }}", name: a b, matrix: {n: {range: 3}}, run: x, outputs: [{path: "o*"}]}'
SHORT: dict[str, tuple[list[str], list[str]]] = {  # tasks, and lines that the export has
    "a file of another task": ([A, B.replace("task: a", "task: a, to: in")], ["    inputs: [{task: a, to: in}]"]),
    "files of another task, of which one is for failures": (
        [A.replace("o.txt}", "d/o}, {path: e, when: failure}, {path: ../stdout.txt, when: always}"), B],
        ["    inputs: [{task: a}]"],
    ),
    "what a pattern of another task gives": (
        [A.replace("o.txt", '"*.txt"'), B.replace("task: a", "task: a, to: my dir")],
        ["    inputs: [{task: a, to: my dir}]", "    run: x"],
    ),
    "a group": ([GROUP.replace("a b", "a").replace("o*", "o"), B], ["    inputs: [{task: a}]"]),
    "what the patterns of a group give": (
        [GROUP, B.replace("{task: a}", "{task: a b, to: in}, {task: a-1}")],
        ["    inputs: [{task: a b, to: in}, {task: a-1}]"],
    ),
    "a wait that inputs do not imply": (
        [A, "{id: c, run: x}", B.replace("inputs:", "depends_on: [c], inputs:")],
        ["    inputs: [{task: a}]", "    depends_on: [c]"],
    ),
}


@pytest.mark.parametrize("name", SHORT)
def test_what_tasks_take_from_each_other_is_said_in_short(name: str) -> None:
    tasks, lines = SHORT[name]
    program = compiled(f"{TASKS}  [{', '.join(tasks)}]\n", LINKS)

    made = export(live(program))

    assert set(lines) <= set(made.text.splitlines())
    assert told(compiled(made.text, LINKS)) == told(program)


ELSEWHERE = "https://account.blob.core.windows.net/things/outputs/demo-1/tasks/a/o.txt"
FULL = {
    "a large group": [GROUP.replace("a b", "a").replace("range: 3", "range: 120"), B],
    "a large group without a pattern": [
        GROUP.replace("a b", "a").replace("range: 3", "range: 120").replace("*", ""),
        B,
    ],
    "a file in another place": [A, B.replace("{task: a}", f'{{url: "{ELSEWHERE}", to: other}}')],
    "a container of its own": [
        A.replace("o.txt", 'o, destination: {container: {container_url: "https://x.example/c"}}')
    ],
}


@pytest.mark.parametrize("name", FULL)
def test_what_cannot_be_said_in_short_is_said_in_full(name: str) -> None:
    program = compiled(f"{TASKS}  [{', '.join(FULL[name])}]\n", LINKS)

    assert told(compiled(export(live(program)).text, LINKS)) == told(program)


POOLS: dict[str, tuple[str, str, str]] = {  # on_finish, more of the pool, a line that the export has
    "none when idle": ("{pool: delete}", "", "  pool: scale_to_zero"),
    "a lifetime": ("{pool: keep}", ", lifetime: 8h", "  lifetime: 8h"),
    "a formula with a lifetime": (
        "{pool: keep}",
        ", lifetime: 90m, nodes: {autoscale: {formula: $TargetDedicatedNodes=1}}",
        "  nodes: {autoscale: {formula: $TargetDedicatedNodes=1}}",
    ),
}


@pytest.mark.parametrize("name", POOLS)
def test_a_formula_of_ours_becomes_what_the_spec_said(name: str) -> None:
    finish, more, line = POOLS[name]
    nodes = "" if "nodes" in more else ", nodes: {dedicated: 2}"
    pool = f"pool: {{id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04{nodes}{more}}}\n"
    program = compiled(f"batchspec: v1\nname: demo\non_finish: {finish}\n{pool}job: {{id: demo-1}}\n", LINKS)

    made = export(live(program))

    assert line in made.text.splitlines()
    assert told(compiled(made.text, LINKS)) == told(program)


def mixed() -> Live:
    """One task's output is kept, the other's is not."""
    program = compiled(f"{TASKS}  [{{id: a, run: x}}, {{id: b, run: x}}]\n", LINKS)
    first, second = live(program).tasks or ()
    return Live(None, live(program).job, None, [first, {k: v for k, v in second.items() if k != "outputFiles"}])


def test_output_that_only_some_tasks_keep_is_told_one_by_one() -> None:
    made = export(mixed())

    a, b = compiled(made.text, LINKS).tasks
    assert "persist: false" in made.text
    assert (len(a.body.output_files), b.body.output_files) == (1, None)


@pytest.mark.parametrize(
    ("marks", "name", "wanted"),
    [([{"name": OWNER_KEY, "value": "maker"}], "", "maker"), ([], "", "p"), ([], "given", "given")],
    ids=["its maker's", "its id", "the one given"],
)
def test_the_name_of_the_spec(marks: list[Body], name: str, wanted: str) -> None:
    pool = {"id": "p", "vmSize": "s", "metadata": marks, "targetDedicatedNodes": 1}

    made = export(Live(pool=shown("pool", pool)), name)

    assert made.text.splitlines()[1] == f"name: {wanted}"
    assert "batchspec:" not in made.text.partition("\n")[2]


SECRETS: dict[str, Body] = {
    "a password that the service keeps": {"userAccounts": [{"name": "me", "elevationLevel": "admin"}]},
    "a variable that sounds secret": {
        "startTask": {"commandLine": "x", "environmentSettings": [{"name": "API_KEY", "value": "hush"}]}
    },
    "a signature in a command line": {"startTask": {"commandLine": "curl https://x.example/a?sv=1&sig=hush"}},
    "the key of a share": {
        "mountConfiguration": [
            {
                "azureFileShareConfiguration": {
                    "accountName": "a",
                    "azureFileUrl": "https://a/b",
                    "relativeMountPath": "b",
                }
            }
        ]
    },
    "a container registry's": {
        "virtualMachineConfiguration": {
            "containerConfiguration": {"type": "dockerCompatible", "containerRegistries": [{"username": "me"}]}
        }
    },
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_becomes_a_variable_and_is_never_written(name: str) -> None:
    pool = {"id": "p", "vmSize": "s", "targetDedicatedNodes": 1, **SECRETS[name]}

    made = export(Live(pool=shown("pool", pool)))

    assert len(made.variables) == 1
    assert f"${{{{ env.{made.variables[0]} }}}}" in made.text
    assert "hush" not in made.text
    assert "not told" not in made.text


def test_a_link_loses_its_signature_and_it_is_told() -> None:
    file = {"httpUrl": "https://x.example/a/b.txt?sv=1&sig=hush", "filePath": "b.txt"}
    job = {"id": "j", "poolInfo": {"poolId": "p"}, "onAllTasksComplete": "terminatejob"}

    made = export(Live(job=job, tasks=[{"id": "t", "commandLine": "x", "resourceFiles": [file]}]))

    assert 'inputs: [{url: "https://x.example/a/b.txt"}]' in made.text
    assert made.notes[0].startswith("1 link was left without a signature")


def test_what_a_newer_service_tells_is_left_out_and_told() -> None:
    made = export(Live(pool={"id": "p", "vmSize": "s", "targetDedicatedNodes": 1, "teleport": True}))

    assert made.notes == ('pool "p": /teleport: left out, since a spec has no "teleport"',)


def without_untold(value: Any) -> Any:
    """JSON without what stands for secrets that the service did not tell."""
    if isinstance(value, dict):
        return {key: without_untold(one) for key, one in value.items() if not str(one).startswith("not told ")}
    return [without_untold(one) for one in value] if isinstance(value, list) else value


def filled(kind: str, asked: Any) -> Any:
    """A body with the service's defaults, in which no URL has a query."""
    asked = without_untold(asked)
    bare = json.loads(re.sub(r"(https?://[^\"\\? ]+)\?[^\"\\ ]*sig=[^\"\\ ]*", r"\1", json.dumps(asked)))
    kept = {key: value for key, value in shown(kind, bare).items() if key not in STATE}
    if kept.get("enableAutoScale"):  # then they are what the formula gave
        kept = {key: value for key, value in kept.items() if not key.endswith("Nodes")}
    for key in ("currentDedicatedNodes", "executionInfo"):
        kept.pop(key, None)
    return canonical(ROOTS[kind], kept)


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("kind", ["pool", "job", "task"])
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_live_is_exported_to_a_spec_that_asks_for_it(kind: str, version: str, data: st.DataObject) -> None:
    asked = data.draw(bodies(ROOTS[kind], version))

    there = shown(kind, asked)
    whole = {"pool": Live(pool=there), "job": Live(job=there), "task": Live(tasks=[there])}[kind]

    made = export(whole, secrets=Secrets(keep=True))

    assert filled(kind, body(compiled(made.text, LINKS), kind)) == filled(kind, asked), made.text
