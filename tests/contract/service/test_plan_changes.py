"""Changes of a spec against the real local service, in both versions of the API: applied, they are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchspec import api
from batchspec.planning import Plan
from batchspec.planning.text import headline, render
from batchspec.ports import JobView, PoolView
from batchspec.run import Options, apply
from batchspec.run.look import plan_of
from batchspec.spec.draft import Settings
from tests.support.emulator import running_emulator

BASE = """\
batchspec: v1
name: NAME
api_version: VERSION
pool:
  id: NAME
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 1}
  start_task: {run: "true", retries: 1}
  metadata: {team: one}
job: {id: NAME, timeout: 2h, retries: 1, priority: 1, metadata: {team: one}}
tasks:
  - {id: a, run: sleep 600, timeout: 1h}
  - {id: b, command: /bin/true}
"""
OLD, NEW = "2024-02-01.19.0", "2025-06-01"
START = '  start_task: {run: "true", retries: 1}\n'
CASES: dict[str, tuple[str, str, list[str]]] = {  # an edit, and what is done
    "more nodes": ("dedicated: 1}", "dedicated: 2}", ["resize pool NAME"]),
    "spot nodes": ("dedicated: 1}", "dedicated: 1, spot: 1}", ["resize pool NAME"]),
    "another start task": ('{run: "true", retries: 1}', '{run: "echo", retries: 1}', ["update pool NAME"]),
    "fewer retries of it": (', retries: 1}\n  metadata', "}\n  metadata", ["update pool NAME"]),
    "no start task": (START, "", ["update pool NAME"]),
    "no start task, and metadata": (START + "  metadata: {team: one}", "  metadata: {team: two}", ["update pool NAME"]),
    "metadata": ("team: one}\njob", "team: two}\njob", ["update pool NAME"]),
    "less metadata": ("  metadata: {team: one}\njob", "job", ["update pool NAME"]),
    "a formula": ("nodes: {dedicated: 1}", "nodes: {autoscale: {formula: '$TargetDedicatedNodes = 1;'}}",
                  ["resize pool NAME"]),
    "a lifetime": ("nodes: {dedicated: 1}", "nodes: {dedicated: 1}\n  lifetime: 1d", ["resize pool NAME"]),
    "priority": ("priority: 1,", "priority: 7,", ["update job NAME"]),
    "no limit": ("timeout: 2h, ", "", ["update job NAME"]),
    "no retries": ("retries: 1, priority", "priority", ["update job NAME"]),
    "metadata of the job": ("team: one}}", "team: two}}", ["update job NAME"]),
    "a limit of a task": ("timeout: 1h}", "timeout: 90m}", ['update 1 task of job NAME: "a"']),
    "no limit of a task": (", timeout: 1h}", "}", ['update 1 task of job NAME: "a"']),
}  # fmt: skip


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with (
        running_emulator(tmp_path_factory.mktemp("changes") / "root") as emulator,
        api.connect("azure", emulator.variables) as made,
    ):
        yield made


def program_of(connection: Any, folder: Path, text: str) -> Any:
    (folder / "spec.yaml").write_text(text)
    checked = api.check_files([folder / "spec.yaml"], Settings(target="azure"))
    assert checked.ok, [one.message for one in checked.diagnostics]
    return connection.program(checked.specs[0])


def applied(connection: Any, folder: Path, text: str) -> Plan:
    """Apply it and leave it; the plan afterwards."""
    made = program_of(connection, folder, text)
    list(apply(made, connection.batch(made), connection.blobs, connection.clock, Options(wait=False)))
    return planned(connection, folder, text)


def planned(connection: Any, folder: Path, text: str) -> Plan:
    made = program_of(connection, folder, text)
    return plan_of(made, connection.batch(made), connection.blobs, connection.clock)


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("name", CASES)
def test_what_changes_in_place_is_there_after_one_apply(
    connection: Any, tmp_path: Path, name: str, version: str
) -> None:
    old, new, wanted = CASES[name]
    own = f"{'-'.join(name.replace(',', '').split())}-{version[:4]}"
    first = BASE.replace("NAME", own).replace("VERSION", version)
    second = first.replace(old, new)
    assert second != first

    assert applied(connection, tmp_path, first).empty
    plan = planned(connection, tmp_path, second)
    left = applied(connection, tmp_path, second)

    assert [headline(one) for one in plan.changes if one.action.value != "nothing"] == [
        line.replace("NAME", own) for line in wanted
    ]
    assert left.empty, render(left)


@pytest.mark.parametrize("version", [OLD, NEW])
def test_what_others_have_written_beside_ours_stays(connection: Any, tmp_path: Path, version: str) -> None:
    own = f"beside-{version[:4]}"
    text = BASE.replace("NAME", own).replace("VERSION", version)
    applied(connection, tmp_path, text)
    batch = connection.batch(program_of(connection, tmp_path, text))
    views: list[PoolView | JobView] = [batch.get_pool(own), batch.get_job(own)]
    for view, patch in zip(views, (batch.patch_pool, batch.patch_job), strict=True):
        told = {**view.metadata, "team": "three", "cost": "7"}
        patch(own, {"metadata": [{"name": name, "value": value} for name, value in told.items()]})

    plan, left = planned(connection, tmp_path, text), applied(connection, tmp_path, text)

    assert [headline(one) for one in plan.changes if one.action.value != "nothing"] == [
        f"update pool {own}", f"update job {own}"
    ]  # fmt: skip
    assert left.empty, render(left)
    for view in (batch.get_pool(own), batch.get_job(own)):
        assert (view.metadata["team"], view.metadata["cost"]) == ("one", "7")


SIGNED = """\
batchspec: v1
name: NAME
api_version: VERSION
pool:
  id: NAME
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {autoscale: {formula: "$TargetDedicatedNodes = 0;"}}
  start_task: {run: "true", inputs: [{url: "http://127.0.0.1:9/a?sig=POOL", to: a}]}
job: {id: NAME, prepare: {run: "true", inputs: [{url: "http://127.0.0.1:9/a?sig=JOB", to: a}]}}
schedule: {every: 1d, start: "2099-01-01T00:00:00Z", credential: account_key}
tasks: [{id: a, run: "true"}]
"""


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize(("of", "headlined"), [("POOL", "update pool NAME"), ("JOB", "update job schedule NAME")])
def test_a_signature_that_was_changed_is_sent(
    connection: Any, tmp_path: Path, of: str, headlined: str, version: str
) -> None:
    own = f"signed-{of.lower()}-{version[:4]}"
    text = SIGNED.replace("NAME", own).replace("VERSION", version)
    applied(connection, tmp_path, text)
    second = text.replace(f"sig={of}", "sig=another")

    plan = planned(connection, tmp_path, second)
    left = applied(connection, tmp_path, second)

    (change,) = (one for one in plan.changes if one.action.value != "nothing")
    assert headline(change) == headlined.replace("NAME", own)
    assert any("a hidden value was changed" in reason for reason in change.reasons)
    assert "another" not in render(plan)
    batch = connection.batch(program_of(connection, tmp_path, second))
    body = batch.get_pool(own).body if of == "POOL" else batch.get_schedule(own).body
    assert "sig=another" in str(body)
    assert f"sig={of}" not in str(body)
    assert left.empty, render(left)
