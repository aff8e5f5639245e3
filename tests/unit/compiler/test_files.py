"""Inputs and outputs: what is uploaded, where it lands, what is taken from other tasks, what comes home."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from batchspec import api
from batchspec.compiler.links import Placeholders
from batchspec.compiler.runs import SCRIPT
from batchspec.errors import LocalFailure
from batchspec.spec.native.common import IDENTITY
from tests.support.project import HEAD, SPEC, Project

FILES = {"data/a.csv": "a", "data/deep/b.csv": "b", "same.csv": "a", "note ä.txt": "n"}


def tasks(project: Project, text: str, files: dict[str, str] = FILES) -> dict[str, dict[str, Any]]:
    """The tasks' bodies by id."""
    program = project.program({**files, SPEC: HEAD + text})
    return {task["id"]: task for task in program.wire()["tasks"]}


def resources(task: dict[str, Any]) -> list[tuple[str, str]]:
    """Where each file comes from, without account and signature, and where it goes."""
    return [
        ((one.get("httpUrl") or one["storageContainerUrl"]).split("windows.net/")[-1].split("?")[0], one["filePath"])
        for one in task.get("resourceFiles", ())
    ]


def blob(content: str) -> str:
    return f"batchspec/inputs/{hashlib.sha256(content.encode()).hexdigest()}"


LANDS = {
    "a file": ("{path: data/a.csv}", [("a", "a.csv")]),
    "a file with a folder": ("{path: data/a.csv, to: in/here/}", [("a", "in/here/a.csv")]),
    "a pattern": ("{path: 'data/**'}", [("a", "a.csv"), ("b", "deep/b.csv")]),
    "a pattern with a folder": ("{path: 'data/*.csv', to: in}", [("a", "in/a.csv")]),
    "an odd name": ("{path: note ä.txt}", [("n", "note ä.txt")]),
}


@pytest.mark.parametrize(("given", "files"), LANDS.values(), ids=LANDS)
def test_an_input_lands_where_it_says(project: Project, given: str, files: list[tuple[str, str]]) -> None:
    made = tasks(project, f"tasks: [{{id: t, command: ls, inputs: [{given}]}}]\n")

    assert resources(made["t"]) == [(blob(content), place) for content, place in files]


BLOBS = {
    "by its name": ("{blob: data/a.csv}", "data/a.csv", "a.csv"),
    "into a folder": ("{blob: data/a.csv, to: in}", "data/a.csv", "in/a.csv"),
    "under another name": ("{blob: data/a.csv, file_path: in/b.csv}", "data/a.csv", "in/b.csv"),
    "of an odd name": ("{blob: 'daten/ä b.csv'}", "daten/%C3%A4%20b.csv", "ä b.csv"),
}


@pytest.mark.parametrize(("given", "name", "place"), BLOBS.values(), ids=BLOBS)
def test_a_blob_of_the_container_is_signed_and_lands_where_it_says(
    project: Project, given: str, name: str, place: str
) -> None:
    made = tasks(project, f"tasks: [{{id: t, command: ls, inputs: [{given}]}}]\n")

    (file,) = made["t"]["resourceFiles"]
    assert file == {"httpUrl": f"https://<account>.blob.core.windows.net/batchspec/{name}?<sas:r>", "filePath": place}


def test_an_identity_opens_a_blob_in_place_of_a_signature(project: Project) -> None:
    given = f"{{blob: a.csv, file_mode: '0600', identity_reference: {{resource_id: {IDENTITY}}}}}"

    made = tasks(project, f"tasks: [{{id: t, command: ls, inputs: [{given}]}}]\n")

    assert made["t"]["resourceFiles"] == [
        {
            "httpUrl": "https://<account>.blob.core.windows.net/batchspec/a.csv",
            "filePath": "a.csv",
            "fileMode": "0600",
            "identityReference": {"resourceId": IDENTITY},
        }
    ]


def test_whatever_has_inputs_takes_blobs(project: Project) -> None:
    item = "inputs: [{blob: a.csv}]"
    head = HEAD.replace(
        "nodes: {", f"start_task: {{run: ls, {item}}}, enable_inter_node_communication: true, nodes: {{"
    )
    more = f"{item}, prepare: {{run: ls, {item}}}, job_manager_task: {{id: m, run: ls, {item}}}"
    settings = "{coordination_command_line: ls, common_resource_files: [{blob: b.csv}]}"
    text = head.replace("{id: demo}", f"{{id: demo, {more}}}")

    program = project.program(f"{text}tasks: [{{id: t, run: ls, multi_instance_settings: {settings}}}]\n")

    wire = program.wire()
    runs = (
        wire["pool"]["startTask"],
        wire["job"]["jobPreparationTask"],
        wire["job"]["jobManagerTask"],
        wire["tasks"][0],
    )
    assert [[place for _, place in resources(one)] for one in runs] == [["a.csv"]] * 4
    assert wire["tasks"][0]["multiInstanceSettings"]["commonResourceFiles"][0]["filePath"] == "b.csv"


def test_files_of_the_same_content_are_uploaded_once(project: Project) -> None:
    text = HEAD + "tasks: [{id: t, command: ls, inputs: [{path: data/a.csv}, {path: same.csv}]}]\n"

    program = project.program({**FILES, SPEC: text})

    (upload,) = program.uploads
    assert (upload.blob, upload.size, upload.origin.pointer) == (
        blob("a").split("/", 1)[1],
        1,
        "/tasks/0/inputs/0/path",
    )


def test_inputs_of_the_job_come_before_the_tasks_own(project: Project) -> None:
    text = "tasks: [{id: t, command: ls, inputs: [{path: same.csv}]}]\n"
    project.write({**FILES, SPEC: HEAD.replace("{id: demo}", "{id: demo, inputs: [{path: data/a.csv}]}") + text})

    (task,) = project.program({}).wire()["tasks"]

    assert [place for _, place in resources(task)] == ["a.csv", "same.csv"]


def test_an_output_known_by_name_is_fetched_by_its_url(project: Project) -> None:
    made = tasks(
        project,
        "tasks:\n  - {id: a, command: ls, outputs: [{path: out/x.json}, {path: log, when: failure}]}\n"
        "  - {id: b, command: ls, inputs: [{task: a, to: in}]}\n",
    )

    assert resources(made["b"]) == [("batchspec/outputs/demo/tasks/a/out/x.json", "in/a/out/x.json")]
    assert made["b"]["dependsOn"] == {"taskIds": ["a"]}


def test_a_small_group_is_fetched_file_by_file(project: Project) -> None:
    made = tasks(
        project,
        "tasks:\n  - {id: 'a-${{ matrix.i }}', name: g, matrix: {i: {range: 2}}, run: ls, outputs: [{path: x}]}\n"
        "  - {id: b, command: ls, inputs: [{task: g}]}\n",
    )

    folder = "batchspec/outputs/demo/groups/g"
    assert resources(made["b"]) == [(f"{folder}/a-0/x", "a-0/x"), (f"{folder}/a-1/x", "a-1/x")]
    assert made["b"]["dependsOn"] == {"taskIds": ["a-0", "a-1"]}


def script(task: dict[str, Any]) -> str:
    (made,) = [str(one["value"]) for one in task["environmentSettings"] if one["name"] == SCRIPT]
    return made


PREFIXES = {
    "a task's pattern": (
        "{id: a, run: ls, outputs: [{path: '*.json'}]}",
        "{task: a}",
        "outputs/demo/tasks/a/",
        'ln -sfn "$PWD"/.batchspec/outputs/demo/tasks/a ./; true',
    ),
    "a task's pattern with a folder": (
        "{id: a, run: ls, outputs: [{path: '*.json'}]}",
        "{task: a, to: my in}",
        "outputs/demo/tasks/a/",
        "mkdir -p 'my in'; ln -sfn \"$PWD\"/.batchspec/outputs/demo/tasks/a 'my in'/; true",
    ),
    "a group's pattern": (
        "{id: 'a-${{ matrix.i }}', name: g, matrix: {i: {range: 2}}, run: ls, outputs: [{path: '*.json'}]}",
        "{task: g}",
        "outputs/demo/groups/g/",
        'ln -sfn "$PWD"/.batchspec/outputs/demo/groups/g/* ./; true',
    ),
    "a large group": (
        "{id: 'a-${{ matrix.i }}', name: g, matrix: {i: {range: 101}}, run: ls, outputs: [{path: x}]}",
        "{task: g}",
        "outputs/demo/groups/g/",
        'ln -sfn "$PWD"/.batchspec/outputs/demo/groups/g/* ./; true',
    ),
}


@pytest.mark.parametrize(("maker", "taken", "prefix", "line"), PREFIXES.values(), ids=PREFIXES)
def test_what_has_no_names_is_fetched_by_prefix_and_linked(
    project: Project, maker: str, taken: str, prefix: str, line: str
) -> None:
    made = tasks(project, f"tasks:\n  - {maker}\n  - {{id: b, run: 'true', inputs: [{taken}]}}\n")

    (one,) = made["b"]["resourceFiles"]
    assert one == {
        "storageContainerUrl": "https://<account>.blob.core.windows.net/batchspec?<sas:rl>",
        "blobPrefix": prefix,
        "filePath": ".batchspec",
    }
    assert script(made["b"]) == line


def test_a_name_that_is_no_folder_gets_one_with_a_hash(project: Project) -> None:
    made = tasks(project, "tasks: [{id: a, name: '../up and away', command: ls, outputs: [{path: x}]}]\n")

    container = made["a"]["outputFiles"][0]["destination"]["container"]
    digest = hashlib.sha256(b"../up and away").hexdigest()[:12]
    assert container["path"] == f"outputs/demo/groups/-up-and-away.{digest}/a/x"
    assert container["containerUrl"].endswith("/batchspec?<sas:cw>")


@pytest.mark.parametrize(
    ("when", "condition"), [("success", "tasksuccess"), ("failure", "taskfailure"), ("always", "taskcompletion")]
)
def test_an_output_is_kept_when_it_says(project: Project, when: str, condition: str) -> None:
    made = tasks(project, f"tasks: [{{id: a, command: ls, outputs: [{{path: x, when: {when}}}]}}]\n")

    assert made["a"]["outputFiles"][0]["uploadOptions"] == {"uploadCondition": condition}


def test_downloads_are_files_by_name_or_all_that_a_pattern_matches(project: Project) -> None:
    outputs = "[{path: out/x, download: true}, {path: 'y.*', download: true}, {path: z}]"
    text = f"tasks: [{{id: a, command: ls, outputs: {outputs}}}]\n"

    named, pattern = project.program(HEAD + text).downloads

    assert (named.prefix, named.folder, named.exact) == ("outputs/demo/tasks/a/out/x", "demo/a/out", True)
    assert (pattern.prefix, pattern.folder, pattern.pattern) == ("outputs/demo/tasks/a/", "demo/a", "y.*")
    assert (named.task_id, pattern.exact) == ("a", False)


def test_what_a_task_prints_is_kept_and_fetched_without_the_step_up(project: Project) -> None:
    outputs = "[{path: ../stdout.txt, download: true}, {path: '../std*.txt', download: true}]"
    text = (
        f"tasks:\n  - {{id: a, command: ls, outputs: {outputs}}}\n"
        "  - {id: b, command: ls, outputs: [{path: ../stderr.txt}]}\n  - {id: c, command: ls, inputs: [{task: b}]}\n"
    )

    program = project.program(HEAD + text)
    made = {task["id"]: task for task in program.wire()["tasks"]}
    kept = [(one["filePattern"], one["destination"]["container"]["path"]) for one in made["a"]["outputFiles"]]
    named, pattern = program.downloads

    assert kept[:2] == [("../stdout.txt", "outputs/demo/tasks/a/stdout.txt"), ("../std*.txt", "outputs/demo/tasks/a")]
    assert (named.prefix, named.folder) == ("outputs/demo/tasks/a/stdout.txt", "demo/a/")
    assert (pattern.prefix, pattern.folder, pattern.pattern) == ("outputs/demo/tasks/a/", "demo/a", "std*.txt")
    assert resources(made["c"]) == [("batchspec/outputs/demo/tasks/b/stderr.txt", "b/stderr.txt")]


def test_an_input_that_vanished_after_the_check_is_an_expected_failure(project: Project) -> None:
    spec = project.spec({**FILES, SPEC: HEAD + "tasks: [{id: a, command: ls, inputs: [{path: same.csv}]}]\n"})
    (project.folder / "same.csv").unlink()
    (project.folder / "same.csv").mkdir()

    program = api.compile_program(spec, Placeholders())

    assert program.uploads == ()


def test_an_input_that_cannot_be_read_is_an_expected_failure(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = project.spec({**FILES, SPEC: HEAD + "tasks: [{id: a, command: ls, inputs: [{path: same.csv}]}]\n"})

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "same.csv")

    monkeypatch.setattr("pathlib.Path.open", refuse)

    with pytest.raises(LocalFailure, match=r"cannot read the input same\.csv: Permission denied"):
        api.compile_program(spec, Placeholders())
