"""Files within files: merged in order, each node with its own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec.diag import Severity
from batchspec.reading import load, plain
from batchspec.source import SourceFile, read
from batchspec.spec import include as module
from batchspec.spec.include import include
from tests.support.project import Project

POOL = "pool: {id: demo, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}\n"
ROOT = "batchspec: v1\nname: demo\n"


def merged(project: Project, files: dict[str, str]) -> object:
    """What the spec becomes, without what every spec has."""
    project.write(files)
    (document,) = load(read(project.folder / "spec.yaml")).value or ()
    whole = include(document, read, load)
    assert whole.document is not None, whole.diagnostics
    made = plain(whole.document)
    return {key: value for key, value in made.items() if key not in ("batchspec", "name", "include")}


MERGED: dict[str, tuple[dict[str, str], object]] = {
    "the including file wins": (
        {"spec.yaml": "include: [a.yaml]\njob: {id: x}", "a.yaml": "job: {id: y, priority: 1}"},
        {"job": {"id": "x", "priority": 1}},
    ),
    "a later file wins over an earlier one": (
        {
            "spec.yaml": "include: [a.yaml, b.yaml]",
            "a.yaml": "job: {id: x, inputs: [1, 2]}",
            "b.yaml": "job: {inputs: [3]}",
        },
        {"job": {"id": "x", "inputs": [3]}},
    ),
    "tasks are taken from all, included ones first": (
        {"spec.yaml": "include: [a.yaml, b.yaml]\ntasks: [3]", "a.yaml": "tasks: [1]", "b.yaml": "tasks: [2]"},
        {"tasks": [1, 2, 3]},
    ),
    "null takes away what was included, and stays where nothing was": (
        {
            "spec.yaml": "include: [a.yaml]\njob: {priority: null, on_all_tasks_complete: null}",
            "a.yaml": "job: {priority: 1}",
        },
        {"job": {"on_all_tasks_complete": None}},
    ),
    "parameters are merged by name": (
        {
            "spec.yaml": "include: [a.yaml]\nparameters: {n: {default: 2}}",
            "a.yaml": "parameters: {n: {type: integer}, m: {}}",
        },
        {"parameters": {"n": {"type": "integer", "default": 2}, "m": {}}},
    ),
    "a null of a target is still to do its work": (
        {
            "spec.yaml": "include: [a.yaml]\ntargets: {local: {pool: {start_task: null}}}",
            "a.yaml": "targets: {local: {pool: {start_task: {run: ls}, id: x}}}",
        },
        {"targets": {"local": {"pool": {"start_task": None, "id": "x"}}}},
    ),
    "paths start from the including file": (
        {
            "spec.yaml": "include: [d/a.yaml]",
            "d/a.yaml": "include: [e/b.yaml, ../c.yaml]",
            "d/e/b.yaml": "tasks: [1]",
            "c.yaml": "tasks: [2]",
        },
        {"tasks": [1, 2]},
    ),
    "a file that is met twice is taken once": (
        {
            "spec.yaml": "include: [a.yaml, b.yaml]",
            "a.yaml": "include: [c.yaml]",
            "b.yaml": "include: [c.yaml]",
            "c.yaml": "tasks: [1]",
        },
        {"tasks": [1]},
    ),
    "the version may be said again": (
        {"spec.yaml": "include: [a.yaml]", "a.yaml": "batchspec: v1\ntasks: [1]"},
        {"tasks": [1]},
    ),
}


@pytest.mark.parametrize(("files", "outcome"), MERGED.values(), ids=MERGED)
def test_included_files_are_merged_under_the_document(files: dict[str, str], outcome: object, project: Project) -> None:
    assert merged(project, files) == outcome


def test_a_document_without_includes_is_the_same_object(project: Project) -> None:
    project.write(ROOT)
    (document,) = load(read(project.folder / "spec.yaml")).value or ()

    assert include(document, read, load).document is document


REFUSED: dict[str, tuple[dict[str, str], list[tuple[str, str, int]]]] = {
    "a circle": (
        {"spec.yaml": "include: [a.yaml]", "a.yaml": "include: [b.yaml]", "b.yaml": "x: 1\ninclude: [a.yaml]"},
        [("BS011", "b.yaml", 2)],
    ),
    "not there": ({"spec.yaml": "include: [a.yaml]", "a.yaml": "\ninclude: [b.yaml]"}, [("BS010", "a.yaml", 2)]),
    "bad YAML": ({"spec.yaml": "include: [a.yaml]", "a.yaml": "a: [\n"}, [("BS002", "a.yaml", 2)]),
    "a list": ({"spec.yaml": "include: [a.yaml]", "a.yaml": "[1]"}, [("BS103", "a.yaml", 1)]),
    "no list": ({"spec.yaml": "include: [a.yaml]", "a.yaml": "include: b.yaml"}, [("BS103", "a.yaml", 1)]),
    "no path": ({"spec.yaml": "include: [a.yaml]", "a.yaml": "include: [5]"}, [("BS103", "a.yaml", 1)]),
    "another version": ({"spec.yaml": "include: [a.yaml]", "a.yaml": "batchspec: v2"}, [("BS104", "a.yaml", 1)]),
    "outside": ({"spec.yaml": "include: [../a.yaml]"}, [("BS012", "spec.yaml", 1)]),
}


@pytest.mark.parametrize(("files", "places"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_included_is_told_where_it_is_written(
    files: dict[str, str], places: list[tuple[str, str, int]], project: Project
) -> None:
    checked = project.check(files)

    assert [
        (one.code, Path(one.span.path).name, one.span.start.line) for one in checked.diagnostics if one.span
    ] == places
    assert all(one.span is None or one.span.path in checked.sources for one in checked.diagnostics)


def test_a_circle_is_named_whole(project: Project) -> None:
    files = {"spec.yaml": "include: [a.yaml]", "a.yaml": "include: [spec.yaml]"}

    (found,) = project.findings(files)

    assert found.message == "files include each other: spec.yaml -> a.yaml -> spec.yaml"


def test_a_finding_in_an_included_file_is_told_there(project: Project) -> None:
    files = {
        "spec.yaml": f"{ROOT}include: [parts/tasks.yaml]\n{POOL}job: {{id: demo}}\ntasks: [{{id: z, command: ls}}]\n",
        "parts/tasks.yaml": "tasks:\n  - {id: first, command: ls, retries: x}\n  - {id: b, command: '${{ nope.x }}'}\n",
    }

    checked = project.check(files)

    errors = [one for one in checked.diagnostics if one.severity is Severity.ERROR]
    assert [(one.code, one.pointer, one.span and one.span.start.line) for one in errors] == [
        ("BS103", "/tasks/0/retries", 2),
        ("BS207", "/tasks/1/command", 3),
    ]
    assert {Path(one.span.path).name for one in errors if one.span} == {"tasks.yaml"}


def test_inputs_are_looked_for_beside_the_file_that_names_them(project: Project) -> None:
    files = {
        "spec.yaml": f"{ROOT}include: [parts/tasks.yaml]\n{POOL}job: {{id: demo, inputs: [{{path: here.txt}}]}}\n",
        "parts/tasks.yaml": "tasks: [{id: a, run: ls, inputs: [{path: b.txt}, {path: ../up.txt}, {path: '*.csv'}]}]\n",
        "here.txt": "1", "parts/b.txt": "2", "up.txt": "3", "parts/x.csv": "4",
    }  # fmt: skip

    program = project.program(files)

    paths = {upload.path.resolve().relative_to(project.folder.resolve()).as_posix() for upload in program.uploads}
    assert paths == {"here.txt", "parts/b.txt", "up.txt", "parts/x.csv"}
    assert [file.file_path for file in program.tasks[0].body.resource_files] == [
        "here.txt",
        "b.txt",
        "up.txt",
        "x.csv",
    ]


def test_outside_of_the_tree_is_read_only_what_says_so_and_is_allowed(project: Project) -> None:
    (project.folder / "tree").mkdir()
    project.write({"outside.yaml": POOL, "tree/plain.yaml": "tasks: []"})
    (project.folder / "tree" / "link.yaml").symlink_to(project.folder / "outside.yaml")
    seen: list[str] = []

    def reading(path: Path) -> SourceFile:
        seen.append(path.name)
        return read(path)

    def codes(entry: str, *, allow: bool) -> list[str]:
        (project.folder / "tree" / "spec.yaml").write_text(f"include: [{entry}]")
        (document,) = load(read(project.folder / "tree" / "spec.yaml")).value or ()
        return [one.code for one in include(document, reading, load, allow_outside=allow).diagnostics]

    assert codes("../outside.yaml", allow=False) == ["BS012"]
    assert codes("link.yaml", allow=False) == codes("link.yaml", allow=True) == ["BS012"]
    assert codes("plain.yaml/../../outside.yaml", allow=True) == ["BS012"]
    assert seen == []
    assert codes("../outside.yaml", allow=True) == []
    assert codes(str(project.folder / "outside.yaml"), allow=True) == []
    assert seen == ["outside.yaml", "outside.yaml"]


def test_files_depth_and_bytes_are_bounded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = {f"{at}.yaml": f"include: [{at + 1}.yaml]" for at in range(30)}
    wide = {f"w{at}.yaml": f"include: [{', '.join(f'w{at}-{one}.yaml' for one in range(50))}]" for at in range(3)}
    leaves = {f"w{at}-{one}.yaml": "tasks: []" for at in range(3) for one in range(50)}

    assert project.codes({**deep, "spec.yaml": "include: [0.yaml]"}) == ["BS013"]
    assert set(project.codes({**wide, **leaves, "spec.yaml": "include: [w0.yaml, w1.yaml, w2.yaml]"})) == {"BS013"}
    monkeypatch.setattr(module, "MAX_BYTES", 20)
    assert project.codes({"spec.yaml": "include: [a.yaml]", "a.yaml": "#" * 30}) == ["BS013"]
