"""plan, and apply of what changed: from the command line against the local service."""

from __future__ import annotations

import json

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

    assert refused.code == 2
    assert "replace pool p?" in refused.stderr
    assert "give --yes" in refused.stderr
    assert kept.code == 0
    assert beside.code == 2
    assert applied.code == 0
    assert "k succeeded" in applied.stdout
    assert stale.code == moved.code == 2
    assert 'the pool of "demo" has changed since the plan was made' in stale.stderr
    assert 'in the spec "demo" has changed since the plan was made' in moved.stderr


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
