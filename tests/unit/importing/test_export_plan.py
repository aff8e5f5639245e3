"""The law of the export, as a user meets it: applied, exported, and planned from the export, nothing changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from azure.batch.models import PoolAddParameter

from batchspec import api
from batchspec.compiler.links import Signed
from batchspec.compiler.program import Program
from batchspec.importing.export import export
from batchspec.importing.lasting import lasting
from batchspec.planning.change import Plan
from batchspec.run import Options, apply
from batchspec.run.fetch import fetch_job, fetch_pool, fetch_schedule
from batchspec.run.look import plan_of
from batchspec.spec.build import Spec
from batchspec.spec.draft import Settings
from batchspec.spec.native.common import IDENTITY
from tests.support.fakes import FakeClock
from tests.support.shown import SigningBlob, TellingBatch

SPECS = sorted((Path(__file__).parents[3] / "specs").glob("*.yaml"))


class Account:
    """A Batch account and its storage, in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.batch, self.blobs = TellingBatch(self.clock, nodes=0), SigningBlob()  # and so no job ends

    def program(self, spec: Spec, run: str | None = None) -> Program:
        now, storage = self.clock.now(), spec.keys.storage
        end = now + (storage.sas_lifetime if storage is not None else Signed.LIFETIME)
        return api.compile_program(spec, Signed(self.blobs, end, now, account_key="a2V5"), run)

    def apply(self, program: Program) -> None:
        list(apply(program, self.batch, self.blobs, self.clock, Options(wait=False)))

    def plan(self, path: Path, target: str, environ: Mapping[str, str] | None = None) -> Plan:
        return plan_of(self.program(checked(path, target, environ)), self.batch, self.blobs, self.clock)

    def export(self, program: Program, path: Path, *, pool: bool = False) -> str:
        """Write the spec of what a program has made, elsewhere than its files are."""
        if pool:
            assert program.pool is not None
            live = fetch_pool(program.pool.body.id, self.batch, self.clock)
        elif program.schedule is not None:
            live = fetch_schedule(program.schedule.body.id, self.batch, self.blobs, self.clock)
        else:
            assert program.job_id is not None
            live = fetch_job(program.job_id, self.batch, self.clock)
        made = export(live)
        assert not [note for note in made.notes if "without a signature" in note]
        path.write_text(made.text)
        return made.text


def checked(path: Path, target: str, environ: Mapping[str, str] | None = None) -> Spec:
    found = api.check_files([path], Settings(target=target, environ=environ or {}))
    assert found.ok, [one.message for one in found.diagnostics]
    return found.specs[0]


def compared(plan: Plan) -> set[str]:
    return {change.kind for change in plan.changes} - {"files"}


@pytest.mark.parametrize("what", ["all", "the pool"])
@pytest.mark.parametrize("target", ["azure", "local"])
@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_the_export_of_an_applied_spec_plans_as_no_changes(path: Path, target: str, what: str, tmp_path: Path) -> None:
    account = Account()
    program = account.program(checked(path, target))
    account.apply(program)

    text = account.export(program, tmp_path / "again.yaml", pool=what == "the pool")
    planned = account.plan(tmp_path / "again.yaml", target)

    assert planned.empty, (planned, text)
    work = {"job_schedule"} if program.schedule is not None else {"job", "tasks"}
    assert compared(planned) == ({"pool"} if what == "the pool" else {"pool", *work})
    assert "sig=" not in text


POOL = "pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}\n"
JOB = "job: {id: demo, timeout: 1h}\n"
ELSEWHERE = "job: {id: demo, timeout: 1h, pool_info: {pool_id: shared}}\n"  # with an identity
MANAGED = f"schedule: {{every: 1d, credential: managed_identity, identity_reference: {{resource_id: {IDENTITY}}}}}\n"
KEYED = "schedule: {every: 1d, until: 2026-01-05T00:00:00Z, credential: account_key}\n"
OWN = "https://account.blob.core.windows.net/batchspec"
GRAPH = """\
tasks:
  - {id: a, run: ls, inputs: [{path: in.csv, to: data}], outputs: [{path: "o*"}], retention: 7d, retries: 0}
  - {id: b, run: ls, inputs: [{task: a}, {blob: stations.json}], outputs: [{path: o}], required_slots: 1}
  - {id: c, run: ls, inputs: [{task: b, to: in}], environment: {API_TOKEN: "${{ env.API_TOKEN }}"}}
"""
TASK = "tasks: [{id: a, run: ls, inputs: [%s]}]\n"
NAMED = f"identity_reference: {{resource_id: {IDENTITY}}}"
MANAGER = "job: {id: demo, timeout: 1h, job_manager_task: {id: m, run: ls, inputs: [{path: in.csv}]}}\n"
ALL = """\
pool:
  id: demo
  vm_size: Standard_D2s_v5
  image: ubuntu-24.04
  nodes: {dedicated: 1}
  enable_inter_node_communication: true
  start_task: {run: ls, inputs: [{blob: s}]}
job:
  id: demo
  timeout: 1h
  prepare: {run: ls, inputs: [{blob: p}]}
  release: {run: ls, inputs: [{blob: r}]}
tasks:
  - id: a
    run: ls
    multi_instance_settings: {coordination_command_line: x, common_resource_files: [{blob: common}]}
"""
SAID: dict[str, tuple[str, list[str]]] = {  # a spec, and lines that its export has, as they begin
    "only blobs, and no logs": (
        POOL + JOB + "logs: {persist: false}\nstorage: {container: things}\n" + TASK % "{blob: c d, to: in}",
        ["  container: things", "    inputs: [{blob: c d, to: in}]"],
    ),
    "inputs of all that runs": (
        ALL,
        [f"    inputs: [{{blob: {name}}}]" for name in "spr"] + ["      common_resource_files: [{blob: common}]"],
    ),
    "a manager with inputs": (POOL + MANAGER, ["      - blob: inputs/", "        file_path: in.csv"]),
    "a public link into the container": (
        POOL + JOB + TASK % f'{{blob: b}}, {{url: "{OWN}/c"}}',
        [f'    inputs: [{{blob: b}}, {{url: "{OWN}/c"}}]'],
    ),
    "a blob that an identity opens": (
        ELSEWHERE + TASK % f"{{blob: b}}, {{blob: c, {NAMED}}}",
        ["      - {blob: b}", "      - blob: c", "        identity_reference:"],
    ),
    "a job of three tasks": (POOL + JOB + GRAPH, ["    inputs: [{task: a}, {blob: stations.json}]"]),
    "a schedule with a key": (
        POOL + JOB + KEYED + GRAPH,
        ["  until: 2026-01-05T00:00:00Z", "    retries: 0", "    inputs: [{task: b, to: in}]"],
    ),
    "a schedule with an identity": (
        ELSEWHERE + MANAGED + GRAPH,
        ["    inputs: [{task: a}, {blob: stations.json}]", "  credential: managed_identity"],
    ),
    "a schedule with an identity, and a part of the container": (
        ELSEWHERE + MANAGED + TASK % f'{{storage_container_url: "{OWN}", blob_prefix: x, {NAMED}}}',
        ["      - storage_container_url:", "        identity_reference:"],
    ),
    "a schedule with a manager of its own": (
        POOL + MANAGER + "schedule: {every: 1d, until: 2026-01-05T00:00:00Z}\n",
        ["      - blob: inputs/"],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_goes_through_the_container_is_exported_as_its_blobs(name: str, tmp_path: Path) -> None:
    text, lines = SAID[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in/in.csv").write_text("some")
    (tmp_path / "in/spec.yaml").write_text(f"batchspec: v1\nname: demo\non_finish: {{pool: keep}}\n{text}")
    account, environ = Account(), {"API_TOKEN": "hush"}
    account.batch.add_pool(PoolAddParameter(id="shared", vm_size="standard_d2s_v5"))
    program = account.program(checked(tmp_path / "in/spec.yaml", "azure", environ))
    account.apply(program)

    exported = account.export(program, tmp_path / "again.yaml")
    secrets = dict.fromkeys(re.findall(r"env\.(\w+)", exported), "hush")
    planned = account.plan(tmp_path / "again.yaml", "azure", secrets)

    assert planned.empty, (planned, exported)
    assert all(any(line.startswith(wanted) for line in exported.splitlines()) for wanted in lines), exported
    assert "hush" not in exported
    assert "sig=" not in exported


def test_a_pool_alone_finds_its_container_by_the_names_of_local_files(tmp_path: Path) -> None:
    started = POOL.replace("nodes:", "start_task: {run: ls, inputs: [{path: in.csv}]}, nodes:")
    (tmp_path / "in.csv").write_text("some")
    (tmp_path / "spec.yaml").write_text(f"batchspec: v1\nname: demo\nstorage: {{container: things}}\n{started}")
    account = Account()
    program = account.program(checked(tmp_path / "spec.yaml", "azure"))
    account.apply(program)

    text = account.export(program, tmp_path / "again.yaml", pool=True)

    assert account.plan(tmp_path / "again.yaml", "azure").empty
    assert "storage:\n  container: things\n" in text
    assert "blob: inputs/" in text


RERUN = POOL + JOB + "tasks:\n  - {id: a, run: ls, outputs: [{path: o}]}\n  - {id: b, run: ls, inputs: [{task: a}]}\n"


def applied(tmp_path: Path, text: str, run: str | None = None) -> tuple[Account, Program]:
    (tmp_path / "spec.yaml").write_text(f"batchspec: v1\nname: demo\non_finish: {{pool: keep}}\n{text}")
    account = Account()
    program = account.program(checked(tmp_path / "spec.yaml", "azure"), run)
    account.apply(program)
    return account, program


def test_of_a_rerun_the_job_of_which_it_is_one_is_exported(tmp_path: Path) -> None:
    account, program = applied(tmp_path, RERUN, "demo-2")

    text = account.export(program, tmp_path / "again.yaml")
    again = account.program(checked(tmp_path / "again.yaml", "azure"), "demo-2")

    assert "\njob:\n  id: demo\n" in text
    assert "inputs: [{task: a}]" in text
    assert plan_of(again, account.batch, account.blobs, account.clock).empty


def test_of_a_rerun_that_another_spec_takes_over_its_own_id_is_exported(tmp_path: Path) -> None:
    account, _ = applied(tmp_path, RERUN, "demo-2")

    made = export(fetch_job("demo-2", account.batch, account.clock), "other")

    assert "\njob:\n  id: demo-2\n" in made.text


@pytest.mark.parametrize("rest", [RERUN, POOL + JOB + KEYED + GRAPH.replace("path: in.csv, to: data", "blob: s")])
@pytest.mark.parametrize(("length", "told"), [("90d", "90d"), ("12h", "12h"), ("90m", "1h30m"), ("7d", None)])
def test_how_long_links_are_good_is_exported_where_a_spec_has_to_say_it(
    rest: str, length: str, told: str | None, tmp_path: Path
) -> None:
    rest = rest.replace(', environment: {API_TOKEN: "${{ env.API_TOKEN }}"}', "")
    account, program = applied(tmp_path, f"storage: {{sas_lifetime: {length}}}\n{rest}")

    text = account.export(program, tmp_path / "again.yaml")

    assert re.findall(r"sas_lifetime: (\w+)", text) == [told] * (told is not None)
    assert account.plan(tmp_path / "again.yaml", "azure").empty


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("2026-01-01T12:00:00Z", timedelta(hours=12)),
        ("2026-01-11T00:00:00.0000000Z", timedelta(days=10)),
        ("2026-01-01T00:45:30Z", timedelta(minutes=46)),
        ("2025-12-31T00:00:00Z", None),
        ("2026-01-02", None),
        ("", None),
    ],
)
def test_a_link_is_signed_before_its_task_is_there(end: str, told: timedelta | None) -> None:
    url = "https://account.blob.core.windows.net/demo"
    task = {"creationTime": "2026-01-01T00:00:07.5Z", "resourceFiles": [{"httpUrl": f"{url}/a?se={end}&sig=x"}]}
    others = [{"httpUrl": f"{there}/b?se=2027-01-01T00:00:00Z"} for there in ("https://other", f"{url}2")]
    elsewhere = {**task, "resourceFiles": [*others, {"httpUrl": None}]}

    assert lasting([task, elsewhere], url) == told
