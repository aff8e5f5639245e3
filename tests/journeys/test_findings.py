"""Checking a repository's specs: folders, strictness, comments that silence, and what explains itself."""

from __future__ import annotations

import json

import pytest

from tests.support.command import Folder

HELLO = """\
batchspec: v1
name: hello
pool: {id: hello, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
on_finish: {pool: delete}
job: {id: hello-1, timeout: 1h, task_defaults: {retention: 1d}}
tasks:
  - id: hello
    run: echo "hello from $AZ_BATCH_TASK_ID"
"""
WARNS = HELLO.replace("    run: ", "    command: true && ", 1).replace("name: hello", "name: warns")
IGNORES = WARNS.replace("    command:", "    # batchspec: ignore[BS406]\n    command:", 1)


def test_a_folder_stands_for_every_spec_in_it(folder: Folder) -> None:
    folder.write(
        {
            "specs/good.yaml": HELLO,
            "specs/deep/down/bad.yml": HELLO.replace("dedicated: 1", "dedicated: one"),
            "specs/broken.yaml": "batchspec: v1\nname: [\n",
            "specs/compose.yaml": "services: {web: {image: nginx}}\n",
            "specs/template.yaml": "{{ not: yaml\n",
            "specs/.hidden/bad.yaml": "batchspec: v0\n",
            "specs/notes.txt": "batchspec: v0\n",
        }
    )

    ran = folder.run("validate", "specs")

    assert ran.code == 1
    assert [line.split(": ")[0] for line in ran.stdout.splitlines() if line.startswith("specs/")] == [
        "specs/broken.yaml:3:1",
        f"specs/deep/down/bad.yml:3:{HELLO.splitlines()[2].index('dedicated: ') + 12}",
    ]
    assert ran.stderr == "3 specs: 2 errors\n"


def test_a_file_and_its_folder_are_checked_once(folder: Folder) -> None:
    folder.write({"specs/a.yaml": HELLO, "specs/b.yaml": HELLO})

    ran = folder.run("validate", "specs/a.yaml", "specs", "./specs/")

    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "2 specs: nothing found\n")


def test_a_file_that_is_no_spec_is_an_error_only_when_it_is_named(folder: Folder) -> None:
    folder.write({"specs/a.yaml": HELLO, "specs/values.yaml": "a: 1\n"})

    assert folder.run("validate", "specs").code == 0
    named = folder.run("validate", "specs", "specs/values.yaml")

    assert named.code == 1
    assert "specs/values.yaml:" in named.stdout


@pytest.mark.parametrize("files", [{}, {"specs/values.yaml": "a: 1\n"}, {"specs/broken.yaml": "a: [\n"}])
def test_a_folder_without_a_spec_is_a_usage_error(folder: Folder, files: dict[str, str]) -> None:
    (folder.path / "specs").mkdir()
    folder.write(files)

    ran = folder.run("validate", "specs")

    assert ran.code == 2
    assert "there is no spec in specs" in ran.stderr


def test_render_takes_files_alone(folder: Folder) -> None:
    folder.write({"specs/a.yaml": HELLO})

    ran = folder.run("render", "specs")

    assert ran.code == 1
    assert "cannot read specs: Is a directory" in ran.stderr


def test_apply_takes_folders(folder: Folder) -> None:
    folder.write({"specs/a.yaml": HELLO})

    ran = folder.run("apply", "specs")

    assert ran.code == 0


def test_strict_makes_errors_of_warnings(folder: Folder) -> None:
    folder.write({"warns.yaml": WARNS})

    plain, strict = folder.run("validate", "warns.yaml"), folder.run("validate", "--strict", "warns.yaml")

    assert plain.code == 0
    assert "warning[BS406]" in plain.stdout
    assert strict.code == 1
    assert "error[BS406]" in strict.stdout
    document = json.loads(folder.run("validate", "--strict", "--format", "json", "warns.yaml").stdout)
    assert document["diagnostics"][0]["severity"] == "error"


def test_strict_leaves_notes(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO.replace("    run:", "    environment: {A: '${{ env.NOT_SET }}'}\n    run:", 1)})

    ran = folder.run("validate", "--strict", "hello.yaml")

    assert ran.code == 0
    assert "note[BS214]" in ran.stdout


def test_a_comment_silences_a_warning_for_every_command_and_also_when_strict(folder: Folder) -> None:
    folder.write({"ignores.yaml": IGNORES})

    assert folder.run("validate", "--strict", "ignores.yaml") == folder.run("validate", "ignores.yaml")
    assert folder.run("validate", "ignores.yaml").stdout == ""
    rendered = folder.run("render", "ignores.yaml")
    assert rendered.code == 0
    assert "BS406" not in rendered.stdout


def test_a_comment_that_silences_nothing_is_told_by_validate_alone(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO.rstrip() + "  # batchspec: ignore[BS406]\n"})

    assert "warning[BS901]" in folder.run("validate", "hello.yaml").stdout
    assert "BS901" not in folder.run("render", "hello.yaml").stdout
    assert folder.run("validate", "--strict", "hello.yaml").code == 1


def test_what_a_finding_names_as_its_page_is_there(folder: Folder) -> None:
    folder.write({"warns.yaml": WARNS})
    more = folder.run("validate", "warns.yaml").stdout.partition("= more: batchspec ")[2].split()

    ran = folder.run(*more)

    assert ran.code == 0
    assert "&&" in ran.stdout


def test_explain_rules_and_schema_need_no_spec(folder: Folder) -> None:
    assert "pool.start_task" in folder.run("explain", "pool.start_task").stdout
    assert "BS203  error" in folder.run("rules").stdout
    assert json.loads(folder.run("schema").stdout)["title"]
    assert folder.run("explain", "pool.start").code == 2


def test_a_graph_is_of_what_is_written_whatever_only_running_needs(folder: Folder) -> None:
    folder.write(
        {
            "b.yaml": HELLO.replace("hello", "b"),
            "a.yaml": HELLO + "    environment: {TOKEN: '${{ env.NOWHERE }}'}\n    inputs: [{path: missing.csv}]\n",
        }
    )

    shown = folder.run("graph", "a.yaml")
    both = folder.run("graph", "a.yaml", "b.yaml", "--format", "mermaid")
    none = folder.run("graph", "c.yaml")

    assert (shown.code, shown.stdout) == (0, "hello: 1 task\n  hello\n")
    assert (both.code, none.code) == (2, 1)
    assert "one spec" in both.stderr
