"""The request bodies, as golden files: the JSON that goes over the wire, keys sorted, without our own version in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from batchspec import api
from batchspec.compiler import compile as compiler
from batchspec.compiler.links import Placeholders
from batchspec.compiler.program import Program
from batchspec.spec.draft import Settings
from tests.support.golden import Golden
from tests.support.project import HEAD, SMALLEST, Project

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.yaml"))


@pytest.fixture(autouse=True)
def _no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "__version__", "0")


def wire(program: Program) -> str:
    return json.dumps(program.wire(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
@pytest.mark.parametrize("target", ["azure", "local"])
def test_the_shipped_specs(path: Path, target: str, golden: Golden) -> None:
    (spec,) = api.check_files([path], Settings(target=target)).specs

    golden.check(f"compile/{path.stem}-on-{target}.json", wire(api.compile_program(spec, Placeholders())))


SMALL = {
    "the smallest spec has nothing that was not asked for": SMALLEST,
    "an argv list is quoted so that it splits again": (
        HEAD + "tasks: [{id: a, command: [echo, \"it's\", a b, 1, '$X']}]\n"
    ),
    "a script travels in the environment": (
        HEAD + "tasks: [{id: a, run: \"echo 'x' \\\"$Y\\\"\\n\", environment: {Y: 1}}]\n"
    ),
    "null leaves a variable out and true is written as yaml has it": (
        HEAD + "tasks: [{id: a, command: ls, environment: {A: null, B: true, C: 1.5, D: 'null', E: ''}}]\n"
    ),
    "a gallery image has its id alone": HEAD.replace(
        "ubuntu-24.04", "{id: /subscriptions/s/galleries/g, node_agent_sku_id: batch.node.ubuntu 24.04}"
    )
    + "tasks: [{id: a, command: ls}]\n",
    "a pool that is not kept gives its nodes back by itself": HEAD.replace("dedicated: 1", "dedicated: 1, spot: 4")
    + "on_finish: {pool: delete}\n",
    "a lifetime ends a pool that is kept": HEAD.replace("{dedicated: 1}", "{spot: 4}, lifetime: 8h"),
    "a lifetime ends what the users formula gives": HEAD.replace(
        "{dedicated: 1}", "{autoscale: {formula: $TargetDedicatedNodes = 2;, interval: 10m}}, lifetime: 90m"
    )
    + "on_finish: {pool: scale_to_zero}\n",
    "elevated is a pool administrator": HEAD + "tasks: [{id: a, command: ls, elevated: true}]\n",
    "limits of a task are its constraints": HEAD
    + "tasks: [{id: a, command: ls, timeout: 90s, retries: -1, retention: 7d, required_slots: 1}]\n",
    "names depend on all tasks of theirs": HEAD
    + "tasks:\n  - {id: 'a-${{ matrix.i }}', name: all, matrix: {i: {range: 3}}, command: ls}\n"
    + "  - {id: b, command: ls, depends_on: [all, a-0]}\n",
    "urls are fetched under their last segment": HEAD
    + "tasks: [{id: a, command: ls, inputs: [{url: 'https://host/dir/my%20data.csv?sig=x', to: in/}, {url: 'https://host'}]}]\n",
    "a prepared and released job": HEAD.replace(
        "{id: demo}",
        "{id: demo, timeout: 2h, retries: 2, priority: -5, environment: {A: 1}, "
        "prepare: {run: make, timeout: 5m, wait_for_success: false}, release: {command: rm -rf x, retention: 1d}}",
    )
    + "tasks: [{id: a, command: ls}]\n",
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_small_specs(name: str, golden: Golden, project: Project) -> None:
    golden.check(f"compile/{name.replace(' ', '-')}.json", wire(project.program(SMALL[name])))
