"""plan, and apply of what changed: from the command line against the local service."""

from __future__ import annotations

import json
import os
import pty
from dataclasses import replace

from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import (
    ImageReference,
    MetadataItem,
    PoolAddParameter,
    TaskAddParameter,
    VirtualMachineConfiguration,
)

from tests.support.command import Folder

SPEC = """\
batchspec: v1
name: demo
pool: {id: p, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}, task_slots_per_node: 2}
job: {id: j, timeout: 1h, priority: 1}
tasks:
  - {id: a, run: "while [ ! -e %s/go ]; do sleep 0.1; done"}
  - {id: b, command: /bin/true, depends_on: [a]}
"""
POOL = """\
batchspec: v1
name: other
pool: {id: p2, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 0}}
"""


def test_a_job_is_planned_applied_changed_while_it_runs_and_run_again(folder: Folder) -> None:
    spec = SPEC % folder.path
    folder.write({"a.yaml": spec})

    first = folder.run("plan", "a.yaml", "--exit-code")
    dry = folder.run("apply", "a.yaml", "--dry-run")
    folder.run("apply", "a.yaml", "--no-wait")
    same = folder.run("plan", "a.yaml", "--exit-code", "--format", "json")
    folder.write({"a.yaml": spec.replace("priority: 1", "priority: 5") + "  - {id: c, command: /bin/true}\n"})
    changed = folder.run("plan", "a.yaml", "--exit-code", "--format", "markdown")
    folder.run("apply", "a.yaml", "--no-wait")
    folder.write({"go": ""})
    applied = folder.run("apply", "a.yaml", "--json")
    after = folder.run("plan", "a.yaml", "--exit-code")
    again = folder.run("apply", "a.yaml", "--rerun", "--json")
    latest = folder.run("plan", "a.yaml", "--exit-code")

    assert first.code == 3
    assert "+ create job j" in first.stdout
    assert dry.stdout == first.stdout
    assert same.code == 0
    assert json.loads(same.stdout)["empty"] is True
    assert changed.code == 3
    assert changed.stdout.startswith("### batchspec plan: 1 to create, 1 to update\n")
    assert "! update job j" in changed.stdout
    assert applied.code == 0
    assert [row["id"] for row in applied.report()["tasks"]] == ["a", "b", "c"]
    assert after.code == latest.code == 0
    assert "no changes" in after.stdout
    assert again.report()["job_id"] == "j-2"
    assert "job j-2: it has completed" in latest.stdout


def test_a_kept_plan_is_applied_as_it_was_and_refused_once_something_has_moved(folder: Folder) -> None:
    spec = SPEC % folder.path
    folder.write({"a.yaml": spec, "go": ""})
    folder.run("apply", "a.yaml")
    folder.write({"a.yaml": spec.replace("D2s", "D4s").replace("id: j,", "id: k,")})

    refused = folder.run("apply", "a.yaml")
    kept = folder.run("plan", "a.yaml", "--out", "plan.json")
    beside = folder.run("apply", "plan.json", "--target", "azure")
    applied = folder.run("apply", "plan.json")
    stale = folder.run("apply", "plan.json")
    folder.write({"a.yaml": spec})
    moved = folder.run("apply", "plan.json")
    (folder.path / "elsewhere").mkdir()
    elsewhere = replace(folder, path=folder.path / "elsewhere").run("apply", "../plan.json")

    assert refused.code == 2
    assert "replace pool p?" in refused.stderr
    assert "give --yes" in refused.stderr
    assert kept.code == 0
    assert beside.code == 2
    assert applied.code == 0
    assert "k succeeded" in applied.stdout
    assert stale.code == moved.code == 2
    assert 'the pool of "demo" has changed since the plan was made' in stale.stderr
    assert 'in the spec "demo", or its files, changed since the plan was made' in moved.stderr
    assert elsewhere.code == 2
    assert "apply it in the folder of its making" in elsewhere.stderr


def test_a_kept_plan_destroys_nothing_that_it_did_not_say_and_may_have_any_name(folder: Folder) -> None:
    spec = SPEC % folder.path
    folder.write({"a.yaml": spec, "rest.json": '{"id": "x", "commandLine": "/bin/true"}'})
    folder.run("apply", "a.yaml", "--no-wait")
    folder.write({"a.yaml": spec.replace("priority: 1", "priority: 9")})
    folder.run("plan", "a.yaml", "--out", "kept.plan")
    with BatchServiceClient(*_sdk(folder)) as service:
        service.task.add("j", TaskAddParameter(id="beside", command_line="/bin/true"))

    more = folder.run("apply", "kept.plan", "--rerun")
    refused = folder.run("apply", "kept.plan", "--no-wait")
    seen = folder.run("plan", "a.yaml")
    folder.write({"cut.plan": (folder.path / "kept.plan").read_text()[:-40]})
    cut = folder.run("apply", "cut.plan")
    nowhere = folder.run("plan", "a.yaml", "--out", "a.yaml/kept.plan")

    assert more.code == refused.code == cut.code == 2
    assert "give it alone" in more.stderr
    assert 'the tasks of "demo" have changed since the plan was made' in refused.stderr
    assert 'delete 1 task of job j: "beside"' in seen.stdout
    assert "cut.plan is not a whole plan" in cut.stderr
    assert nowhere.code == 4
    assert "cannot write a.yaml/kept.plan" in nowhere.stderr


def _sdk(folder: Folder) -> tuple[SharedKeyCredentials, str]:
    found = folder.endpoint
    credentials = SharedKeyCredentials(found["AZURE_BATCH_ACCOUNT_NAME"], found["AZURE_BATCH_ACCOUNT_KEY"])
    return credentials, found["AZURE_BATCH_ACCOUNT_URL"]


def test_what_somebody_made_is_taken_over_as_it_is(folder: Folder) -> None:
    folder.write(
        {
            "a.yaml": SPEC % folder.path,
            "go": "",
            "start.yaml": (SPEC % folder.path).replace("id: p,", "id: q,").replace("id: j,", "id: k,"),
        }
    )
    folder.run("apply", "start.yaml", "--no-wait")  # so that the service is there
    with BatchServiceClient(*_sdk(folder)) as service:
        image = ImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server")
        machine = VirtualMachineConfiguration(image_reference=image, node_agent_sku_id="batch.node.ubuntu 24.04")
        pool = PoolAddParameter(id="p", vm_size="standard_d2s_v5", virtual_machine_configuration=machine)
        pool.target_dedicated_nodes, pool.task_slots_per_node = 1, 2
        pool.metadata = [MetadataItem(name="by", value="hand")]
        service.pool.add(pool)

        refused = folder.run("plan", "a.yaml")
        taken = folder.run("plan", "a.yaml", "--adopt")
        folder.run("apply", "a.yaml", "--adopt", "--no-wait", "--yes")
        left = {item.name for item in service.pool.get("p").metadata}

    assert refused.code == 4
    assert "no changes" not in refused.stdout
    assert 'pool "p" exists and was not made by this spec' in refused.stderr + refused.stdout
    assert "~ update pool p" in taken.stdout
    assert "it is taken over" in taken.stdout
    assert {"by", "batchspec:spec"} <= left


def test_a_plan_that_would_keep_a_secret_is_not_written(folder: Folder) -> None:
    parameters = "parameters: {token: {secret: true}}\n"
    text = SPEC.replace("name: demo\n", f"name: demo\n{parameters}").replace(
        "priority: 1", "priority: 1, environment: {T: '${{ params.token }}'}"
    )
    folder.write({"a.yaml": text % folder.path})

    ran = folder.run("plan", "a.yaml", "-p", "token=s3cret-value", "--out", "plan.json")

    assert ran.code == 2
    assert 'the secret parameter "token"' in ran.stderr
    assert not (folder.path / "plan.json").exists()
    assert "s3cret-value" not in ran.stdout + ran.stderr


def test_a_folder_stands_for_the_specs_below_it(folder: Folder) -> None:
    folder.write({"all/a.yaml": SPEC % folder.path, "all/values.yaml": "x: 1\n", "none/values.yaml": "x: 1\n"})

    planned = folder.run("plan", "all")
    dry = folder.run("apply", "all", "--dry-run")
    empty = folder.run("plan", "none")

    assert planned.code == dry.code == 0
    assert planned.stdout == dry.stdout
    assert "+ create job j" in planned.stdout
    assert empty.code == 2
    assert "there is no spec in none" in empty.stderr


def test_a_plan_stands_alone(folder: Folder) -> None:
    folder.write({"a.yaml": SPEC % folder.path})
    folder.run("plan", "a.yaml", "--out", "p.json")

    for command in ("apply", "plan"):
        ran = folder.run(command, "p.json", "a.yaml")

        assert ran.code == 2
        assert "p.json is a plan, and has its specs with it" in ran.stderr


def test_a_no_is_taken_and_changes_nothing(folder: Folder) -> None:
    spec = SPEC % folder.path
    folder.write({"a.yaml": spec, "go": ""})
    folder.run("apply", "a.yaml")
    folder.write({"a.yaml": spec.replace("D2s", "D4s"), "pool.yaml": POOL})

    alone, after = refused(folder, "a.yaml"), refused(folder, "pool.yaml", "a.yaml")

    assert "replace pool p? [y/N]" in alone
    assert "cancelled, nothing was changed" in alone
    assert "cancelled, nothing more was changed; applied before: other" in after
    assert folder.run("plan", "a.yaml", "--exit-code").code == 3


def refused(folder: Folder, *specs: str) -> str:
    """What somebody at a terminal is told who says no."""
    master, slave = pty.openpty()
    try:
        with folder.start("apply", *specs, terminal=slave) as process:
            os.write(master, b"n\n")
            assert process.wait(folder.patience) == 130
        return os.read(master, 65_536).decode()
    finally:
        os.close(master)
        os.close(slave)
