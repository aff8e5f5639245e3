"""A schedule's tasks: stored, with their run and signatures left open, and a manager that adds them."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from batchspec import api
from batchspec.compiler.links import Links, Placeholders, Signed
from batchspec.compiler.program import Program
from batchspec.compiler.schedules import MANAGER_ID, TASKS, of_run
from batchspec.errors import UsageError
from batchspec.manager import SCRIPT
from batchspec.ports import MARKS, OWNER_KEY
from tests.support.fakes import FakeBlob
from tests.support.project import HEAD, SPEC, Project

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
KEY = "YWNjb3VudCBrZXk="
IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
GRAPH = """\
schedule: {every: 1d, credential: account_key}
tasks:
  - id: grid
    run: date > grid.txt
    outputs: [{path: "*.txt"}]
  - {id: part-1, name: part, run: date > out, inputs: [{path: in.csv}], outputs: [{path: out}]}
  - id: merge
    run: ls
    inputs: [{task: grid}, {task: part}]
    outputs: [{path: all.txt, download: true}, {path: "*.csv", download: true}]
"""
WITH_IDENTITY = "batchspec: v1\nname: demo\njob: {id: demo, pool_info: {pool_id: shared}}\n" + GRAPH.replace(
    "credential: account_key",
    f"credential: managed_identity, identity_reference: {{resource_id: {IDENTITY}}}",
)


def signed(key: str | None = KEY) -> Links:
    return Signed(FakeBlob(), NOW + timedelta(days=7), NOW, account_key=key)


def compiled(project: Project, text: str = HEAD + GRAPH, links: Links | None = None) -> Program:
    return api.compile_program(project.spec({SPEC: text, "in.csv": "1"}), links or Placeholders())


def stored(program: Program) -> list[dict[str, Any]]:
    """The lines of the file of tasks."""
    (data,) = (item.data for item in program.uploads if item.path.name == TASKS)
    assert data is not None
    return [json.loads(line) for line in gzip.decompress(data).splitlines()]


def specification(program: Program) -> dict[str, Any]:
    return dict(program.wire()["job_schedule"]["jobSpecification"])


def settings(program: Program) -> dict[str, str]:
    return {one["name"]: one["value"] for one in specification(program)["jobManagerTask"]["environmentSettings"]}


def test_the_job_has_a_manager_that_fetches_script_and_tasks(project: Project) -> None:
    program = compiled(project)

    manager = specification(program)["jobManagerTask"]
    assert manager["id"] == MANAGER_ID
    assert manager["commandLine"] == f"python3 -I {SCRIPT.name} {TASKS}"
    fetched = [(one["httpUrl"].split("/inputs/")[1].split("?")[0], one["filePath"]) for one in manager["resourceFiles"]]
    there = {item.blob.removeprefix("inputs/"): item.path.name for item in program.uploads if item.data is not None}
    assert dict(fetched) == there
    assert {name for _, name in fetched} == {SCRIPT.name, TASKS}
    assert (manager["killJobOnCompletion"], manager["runExclusive"]) == (False, False)


def test_the_name_of_a_file_that_holds_a_password_is_no_quick_test_of_a_guess(project: Project) -> None:
    registry = "container_settings: {image_name: i, registry: {user_name: u, password: '${{ env.WORD }}'}}"
    text = WITH_IDENTITY.replace("run: date > grid.txt", f"run: ls\n    {registry}")

    def named(word: str) -> tuple[str, bytes]:
        program = api.compile_program(project.spec({SPEC: text, "in.csv": "1"}, environ={"WORD": word}), Placeholders())
        return next((item.blob, item.data or b"") for item in program.uploads if item.path.name == TASKS)

    blob, data = named("1")
    assert named("1") == (blob, data)
    assert named("2")[0] != blob
    assert hashlib.sha256(data).hexdigest() not in blob


def test_the_manager_runs_as_a_user_of_its_own_and_goes_on_after_a_failure(project: Project) -> None:
    manager = specification(compiled(project))["jobManagerTask"]

    assert manager["userIdentity"] == {"autoUser": {"scope": "task", "elevationLevel": "nonadmin"}}
    assert manager["constraints"]["maxTaskRetryCount"] > 0


@pytest.mark.parametrize(("action", "wire"), [("terminatejob", "terminatejob"), ("noaction", "noaction")])
def test_the_job_ends_as_the_spec_says(project: Project, action: str, wire: str) -> None:
    program = compiled(project, HEAD.replace("{id: demo}", f"{{id: demo, on_all_tasks_complete: {action}}}") + GRAPH)

    assert specification(program)["onAllTasksComplete"] == wire


def test_the_jobs_of_a_schedule_carry_our_mark_which_a_rendering_does_not_show(project: Project) -> None:
    program = compiled(project)

    assert program.schedule is not None
    made = {item.name: item.value for item in program.schedule.body.job_specification.metadata}
    assert made[OWNER_KEY] == "demo"
    assert "metadata" not in specification(program)
    assert made.keys() <= MARKS


def test_every_task_is_stored_as_it_is_rendered(project: Project) -> None:
    program = compiled(project)

    head, *lines = stored(program)
    assert lines == program.wire()["tasks"]
    assert head["count"] == 3
    assert head["folder"] == "outputs/demo/~run~"
    assert head["container"] == "https://<account>.blob.core.windows.net/batchspec"


def test_outputs_and_what_takes_them_name_the_run_that_is_still_open(project: Project) -> None:
    grid, part, merge = stored(compiled(project))[1:]

    paths = [one["destination"]["container"]["path"] for task in (grid, part) for one in task["outputFiles"]]
    assert all(path.startswith("outputs/demo/~run~/") for path in paths), paths
    fetched = [one.get("blobPrefix") or one["httpUrl"] for one in merge["resourceFiles"]]
    assert fetched[0] == "outputs/demo/~run~/tasks/grid/"
    assert "/outputs/demo/~run~/groups/part/part-1/out?<sas:r>" in fetched[1]
    (script,) = (one["value"] for one in merge["environmentSettings"])
    assert ".batchspec/outputs/demo/~run~/tasks/grid" in script


def test_inputs_from_this_machine_are_the_same_for_all_runs(project: Project) -> None:
    (file,) = stored(compiled(project))[2]["resourceFiles"]

    assert "/inputs/" in file["httpUrl"]
    assert "~run~" not in file["httpUrl"]


def test_signatures_are_no_part_of_the_stored_tasks(project: Project) -> None:
    one = compiled(project, links=Signed(FakeBlob(), NOW + timedelta(days=1), NOW, account_key=KEY))
    other = compiled(project, links=Signed(FakeBlob(), NOW + timedelta(days=2), NOW, account_key=KEY))

    assert [item.blob for item in one.uploads] == [item.blob for item in other.uploads]
    assert settings(one)["BATCHSPEC_LINK_CW"] != settings(other)["BATCHSPEC_LINK_CW"]


def test_the_key_and_the_signatures_are_settings_of_the_manager_and_secret(project: Project) -> None:
    program = compiled(project, links=signed())

    made = settings(program)
    assert made["BATCHSPEC_ACCOUNT_KEY"] == KEY
    links = {name: value for name, value in made.items() if name.startswith("BATCHSPEC_LINK_")}
    assert set(links) == {"BATCHSPEC_LINK_R", "BATCHSPEC_LINK_RL", "BATCHSPEC_LINK_CW"}
    assert program.secrets == {KEY, *(value.partition("?")[2] for value in links.values())}
    assert KEY not in json.dumps(stored(program))
    assert KEY not in json.dumps(program.wire()["tasks"])


def test_what_is_rendered_has_placeholders_and_no_secrets(project: Project) -> None:
    program = compiled(project)

    assert settings(program)["BATCHSPEC_ACCOUNT_KEY"] == "<account key>"
    assert program.secrets == frozenset()


def test_the_key_and_the_time_do_not_change_what_is_asked_for(project: Project) -> None:
    one, other = compiled(project, links=signed()), compiled(project, links=signed("b3RoZXI="))

    def marks(program: Program) -> dict[str, str]:
        assert program.schedule is not None
        return {item.name: item.value for item in program.schedule.body.metadata}

    assert marks(one) == marks(other)


def test_without_a_key_the_reason_is_told_and_what_to_do(project: Project) -> None:
    with pytest.raises(UsageError) as raised:
        compiled(project, links=signed(None))

    assert "no key is configured" in raised.value.message
    assert "managed_identity" in str(raised.value.hint)


def test_an_identity_stands_wherever_a_signature_would(project: Project) -> None:
    program = compiled(project, WITH_IDENTITY, signed(None))

    reference = {"resourceId": IDENTITY}
    manager = specification(program)["jobManagerTask"]
    head, grid, _, merge = stored(program)
    assert head["identity"] == IDENTITY
    assert [one["identityReference"] for one in manager["resourceFiles"]] == [reference] * 2
    assert [one["identityReference"] for one in merge["resourceFiles"]] == [reference] * 2
    assert grid["outputFiles"][0]["destination"]["container"]["identityReference"] == reference
    assert "environmentSettings" not in manager
    text = json.dumps([program.wire(), stored(program)])
    assert "sp=" not in text
    assert "<sas:" not in text


def test_a_task_may_have_the_managers_id(project: Project) -> None:
    text = (
        HEAD + f"schedule: {{every: 1d, credential: account_key}}\ntasks: [{{id: {MANAGER_ID.upper()}, command: ls}}]\n"
    )

    assert specification(compiled(project, text))["jobManagerTask"]["id"] == f"{MANAGER_ID}-"


def test_a_manager_of_ones_own_is_left_as_it_is(project: Project) -> None:
    head = HEAD.replace("{id: demo}", "{id: demo, job_manager_task: {id: boss, command: ls}}")
    program = compiled(project, head + "schedule: {every: 1d}\n")

    assert specification(program)["jobManagerTask"]["id"] == "boss"
    assert not any(item.data for item in program.uploads)


def test_the_program_of_a_run_is_that_of_its_job(project: Project) -> None:
    run = of_run(compiled(project), "demo:job-7")

    assert (run.job_id, run.schedule, run.pool_id) == ("demo:job-7", None, "demo")
    assert run.job is not None
    assert run.job.body.job_manager_task.id == MANAGER_ID
    assert [(item.prefix, item.folder) for item in run.downloads] == [
        ("outputs/demo/job-7/tasks/merge/all.txt", "demo/job-7/merge/"),
        ("outputs/demo/job-7/tasks/merge/", "demo/job-7/merge"),
    ]
