"""What bad input gets: a message at a place, the right exit code, no traceback, nothing half-made."""

from __future__ import annotations

import base64
import socket

import pytest

from tests.journeys.test_first_use import HELLO
from tests.support.command import Folder

FAILING = """\
batchspec: v1
name: failing
pool: {id: failing, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: failing-1}
tasks:
  - id: a
    run: |
      echo "the last words" >&2
      exit 3
  - id: b
    depends_on: [a]
    command: /bin/true
"""

# What is replaced in HELLO, by what, and the code and place of the finding.
FAULTS = {
    "yaml": ("job: {id: hello-1}", "job: {id: hello-1", "BS002", ":5:"),
    "unknown key": ("job: {id: hello-1}", "jobs: {id: hello-1}", "BS101", ":4:1:"),
    "wrong type": ("dedicated: 1", "dedicated: one", "BS103", ":3:"),
    "duplicate key": ("name: hello\n", "name: hello\nname: hello\n", "BS003", ":3:1:"),
    "unknown dependency": ("    run:", "    depends_on: [helo]\n    run:", "BS203", ":7:18:"),
    "cycle": ("    run:", "    depends_on: [hello]\n    run:", "BS204", ":7:18:"),
    "missing file": ("    run:", "    inputs: [{path: nope.txt}]\n    run:", "BS401", ":7:21:"),
    "duplicate id": ("    run:", "    command: /bin/true\n  - id: hello\n    run:", "BS201", ":8:9:"),
    "missing parameter": ("pool:", "parameters: {date: {type: string}}\npool:", "BS209", ":3:20:"),
}


@pytest.mark.parametrize(("old", "new", "code", "place"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_spec_is_refused_before_anything_starts(
    folder: Folder, old: str, new: str, code: str, place: str
) -> None:
    folder.write({"hello.yaml": HELLO.replace(old, new, 1)})

    ran = folder.run("apply", "hello.yaml")

    assert ran.code == 1
    assert f"hello.yaml{place}" in ran.stdout
    assert f"error[{code}]" in ran.stdout
    assert not (folder.path / ".batchspec").exists()


USAGE = {
    "no such file": (["apply", "nope.yaml"], 1, "cannot read nope.yaml: No such file or directory"),
    "a folder": (["render", "."], 1, "cannot read .: Is a directory"),
    "no spec": (["apply"], 2, "Missing argument"),
    "unknown option": (["apply", "hello.yaml", "--fast"], 2, "No such option: --fast"),
    "unknown command": (["aply"], 2, "No such command"),
    "parameter without a value": (["apply", "hello.yaml", "-p", "date"], 2, '"date" is given no value'),
    "bad parameter": (["apply", "hello.yaml", "-p", "=1"], 2, '"=1" is not a parameter'),
    "bad timeout": (["apply", "hello.yaml", "--timeout", "soon"], 2, '"soon" is not a duration'),
    "unknown target": (["apply", "hello.yaml", "--target", "mars"], 2, 'has no target "mars"'),
    "no account": (["apply", "hello.yaml", "--target", "azure"], 2, "AZURE_BATCH_ACCOUNT_URL"),
    "no such job": (["logs", "hello.yaml"], 2, 'there is no job "hello-1"'),
}


@pytest.mark.parametrize(("arguments", "code", "words"), USAGE.values(), ids=USAGE)
def test_a_command_that_cannot_be_meant_says_why(folder: Folder, arguments: list[str], code: int, words: str) -> None:
    folder.write({"hello.yaml": HELLO})

    ran = folder.run(*arguments)

    assert ran.code == code
    assert words in ran.stderr


def test_an_unknown_parameter_is_named_with_what_there_is(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO.replace("pool:", "parameters: {date: {default: x}}\npool:", 1)})

    ran = folder.run("apply", "hello.yaml", "-p", "data=1")

    assert ran.code == 1
    assert 'did you mean "date"?' in ran.stdout


def _account(folder: Folder, **changes: str) -> dict[str, str]:
    variables = {name: str(value) for name, value in folder.endpoint.items() if name.startswith("AZURE")}
    return {**variables, **changes}


def test_a_wrong_key_is_named_as_what_it_is(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO})
    folder.run("apply", "hello.yaml")
    wrong = base64.b64encode(b"wrong").decode()

    ran = folder.run("apply", "hello.yaml", **_account(folder, AZURE_BATCH_ACCOUNT_KEY=wrong))

    assert ran.code == 4
    assert "check the account's key" in ran.stderr
    assert wrong not in ran.stdout + ran.stderr


def test_a_container_that_is_refused_is_named(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO.replace("    run:", "    inputs: [{path: a.txt}]\n    run:"), "a.txt": "a"})
    folder.run("emulator", "reset")
    folder.run("apply", "hello.yaml")
    folder.run("destroy", "hello.yaml")
    connection = str(folder.endpoint["AZURE_STORAGE_CONNECTION_STRING"])
    key = connection.partition("AccountKey=")[2].partition(";")[0]
    wrong = connection.replace(key, base64.b64encode(b"wrong").decode())

    ran = folder.run("apply", "hello.yaml", **_account(folder, AZURE_STORAGE_CONNECTION_STRING=wrong))

    assert ran.code == 4
    assert "batchspec" in ran.stderr
    assert "key" in ran.stderr


def test_an_endpoint_that_does_not_answer_ends_the_command(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO})
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    key = base64.b64encode(b"key").decode()

    ran = folder.run(
        "apply",
        "hello.yaml",
        AZURE_BATCH_ACCOUNT_NAME="a",
        AZURE_BATCH_ACCOUNT_KEY=key,
        AZURE_BATCH_ACCOUNT_URL=f"http://127.0.0.1:{port}",
    )

    assert ran.code == 4
    assert f"http://127.0.0.1:{port} did not answer" in ran.stderr


def test_a_port_that_is_taken_is_named(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ran = folder.run("emulator", "serve", "--port", str(port))

    assert ran.code == 4
    assert str(port) in ran.stderr


def test_a_task_that_fails_is_shown_with_its_last_words_and_blocks_its_dependents(folder: Folder) -> None:
    folder.write({"failing.yaml": FAILING})

    ran = folder.run("apply", "failing.yaml")

    assert ran.code == 5
    assert 'failing.yaml:6:9: error[BS801] task "a" failed with exit code 3' in ran.stdout
    assert "| the last words" in ran.stdout
    assert 'failing.yaml:10:9: error[BS802] task "b" can never run' in ran.stdout


def test_a_start_task_that_fails_ends_the_watch_with_its_stderr(folder: Folder) -> None:
    start = "dedicated: 1}, start_task: {run: 'echo cannot install >&2; exit 9'}"
    folder.write({"hello.yaml": HELLO.replace("dedicated: 1}", start)})

    ran = folder.run("apply", "hello.yaml")

    assert ran.code == 5
    assert "error[BS803]" in ran.stdout
    assert "| cannot install" in ran.stdout


def test_an_elevated_start_task_is_refused_here_with_the_line_that_helps(folder: Folder) -> None:
    start = "dedicated: 1}, start_task: {command: apt-get update, elevated: true}"
    folder.write({"hello.yaml": HELLO.replace("dedicated: 1}", start)})

    ran = folder.run("apply", "hello.yaml")

    assert ran.code == 4
    assert "never runs anything as administrator" in ran.stdout
    assert "targets: {local: {pool: {start_task: null}}}" in ran.stdout


def test_a_task_that_runs_past_its_limit_is_killed_and_named(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO.replace("    run: echo", "    timeout: 1s\n    run: sleep 30; echo")})

    ran = folder.run("apply", "hello.yaml")

    assert ran.code == 5
    assert "limit" in ran.stdout


def test_a_timeout_of_ours_leaves_the_job_and_says_what_was_running(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO.replace("run: echo", "run: sleep 20; echo")})

    ran = folder.run("apply", "hello.yaml", "--timeout", "1s")

    assert ran.code == 6
    assert "still running: hello" in ran.stdout
    assert "the job goes on" in ran.stdout


def test_a_pool_of_another_spec_is_left_alone(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO, "other.yaml": HELLO.replace("name: hello", "name: other")})
    folder.run("apply", "hello.yaml")

    ran = folder.run("apply", "other.yaml")
    destroyed = folder.run("destroy", "other.yaml")

    assert ran.code == 4
    assert "error[BS602]" in ran.stdout
    assert "kept, this spec did not make it" in destroyed.stdout


def test_a_results_folder_that_cannot_be_written_is_named(folder: Folder) -> None:
    spec = HELLO.replace("    run: echo", "    outputs: [{path: a, download: true}]\n    run: echo > a; echo")
    folder.write({"hello.yaml": spec, "taken": "a file"})

    ran = folder.run("apply", "hello.yaml", "--results", "taken")

    assert ran.code == 4
    assert "error[BS811]" in ran.stdout
    assert "taken" in ran.stdout
    assert "1 succeeded" in ran.stdout
    assert folder.run("download", "hello.yaml", "--results", "free").code == 0
