"""Watching work from beside it: status, wait, why, logs; also when nodes, jobs and storage are gone."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from tests.support.command import Folder, Ran

HEAD = """\
batchspec: v1
name: demo
pool: {id: demo, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}, task_slots_per_node: 4}
job: {id: demo}
"""
GATE = "while [ ! -e {} ]; do sleep 0.05; done"  # a task goes on when its test says so


def until(run: Callable[[], Ran], words: str) -> Ran:
    """What a command says as soon as it says some words."""
    end = time.monotonic() + 40
    while words not in (ran := run()).stdout:
        assert time.monotonic() < end, ran.stdout
        time.sleep(0.1)
    return ran


def test_logs_come_from_storage_when_the_job_is_gone(folder: Folder) -> None:
    tasks = "tasks:\n  - {id: good, run: echo fine}\n  - {id: bad, run: 'echo oops >&2; exit 3'}\n"
    folder.write({"s.yaml": f"{HEAD}on_finish: {{job: delete}}\n{tasks}"})

    applied = folder.run("apply", "s.yaml", "--no-follow")
    logs = until(lambda: folder.run("logs", "s.yaml"), "bad  | oops")
    errors = folder.run("logs", "s.yaml", "bad", "--stderr")
    gone = folder.run("why", "s.yaml")
    folder.run("destroy", "s.yaml", "--yes")
    nothing = folder.run("logs", "s.yaml")

    assert applied.code == 5
    assert logs.stdout == "good | fine\nbad  | oops\n"
    assert errors.stdout == "bad | oops\n"
    assert "is not there" in gone.stdout
    assert (nothing.code, nothing.stdout) == (2, "")
    assert "nothing that its tasks printed is kept" in nothing.stderr


def test_logs_come_from_storage_when_the_node_is_gone(folder: Folder) -> None:
    folder.write({"s.yaml": f"{HEAD}on_finish: {{pool: delete}}\ntasks: [{{id: a, run: 'echo kept'}}]\n"})

    folder.run("apply", "s.yaml", "--no-follow")

    until(lambda: folder.run("status", "s.yaml"), "pool demo: is not there")
    assert folder.run("logs", "s.yaml").stdout == "  | kept\n"


def test_logs_that_are_not_kept_are_missed_aloud(folder: Folder) -> None:
    text = f"{HEAD}logs: {{persist: false}}\non_finish: {{pool: delete}}\ntasks: [{{id: a, run: 'echo kept'}}]\n"
    folder.write({"s.yaml": text})

    folder.run("apply", "s.yaml", "--no-follow")
    until(lambda: folder.run("status", "s.yaml"), "pool demo: is not there")
    ran = folder.run("logs", "s.yaml")

    assert ran.stdout == ""
    assert "task a: its files are gone from the node, and the spec has none kept" in ran.stderr


def test_work_is_watched_from_beside_it_and_the_exit_code_is_the_truth(folder: Folder) -> None:
    gate = folder.path / "go"
    text = (
        f"{HEAD}tasks:\n  - {{id: first, run: 'echo begun; {GATE.format(gate)}; exit 3'}}\n"
        "  - {id: 'm-${{ matrix.i }}', name: many, matrix: {i: {range: 3}}, run: 'echo out; echo err >&2'}\n"
        "  - {id: last, run: echo never, depends_on: [first]}\n"
    )
    folder.write({"s.yaml": text})
    folder.run("apply", "s.yaml", "--no-wait")
    until(lambda: folder.run("logs", "s.yaml", "first"), "begun")

    why = until(lambda: folder.run("why", "s.yaml"), 'task "last" waits for "first", which runs on')
    late = folder.run("wait", "s.yaml", "--timeout", "1s")
    with folder.start("status", "--watch", "s.yaml") as watching, folder.start("logs", "-f", "s.yaml") as following:
        gate.touch()
        waited = folder.run("wait", "s.yaml")
        status = watching.communicate(timeout=50)[0]
        logs, aside = following.communicate(timeout=50)
    never = folder.run("why", "s.yaml", "last", "--json")
    group = folder.run("logs", "s.yaml", "many", "--stdout")
    failed = folder.run("logs", "s.yaml", "--failed", "--tail", "1")

    assert 'task "first" runs on' in why.stdout
    assert late.code == 6
    assert waited.code == 5
    assert "begun" not in waited.stdout.split("error[BS801]")[0], "output is not followed"
    assert 'task "last" can never run' in waited.stdout
    assert (watching.returncode, following.returncode) == (0, 0)
    assert "tasks: 5: 0 waiting, 0 running, 3 succeeded, 1 failed, 1 blocked" in status.split("\n\n")[-1]
    assert "first | begun\n" in logs
    assert "m-1   | err\n" in logs
    assert "last: can never run" in aside
    (reason,) = never.events()[-1]["reasons"]
    assert (reason["code"], reason["final"], reason["task_ids"]) == ("BS802", True, ["last"])
    assert '"first" failed with exit code 3' in reason["text"]
    assert sorted(group.stdout.splitlines()) == ["m-0 | out", "m-1 | out", "m-2 | out"]
    assert failed.stdout == "first | begun\n"


def test_ctrl_c_ends_a_watched_status_well(folder: Folder) -> None:
    gate = folder.path / "go"
    folder.write({"s.yaml": f"{HEAD}tasks: [{{id: a, run: '{GATE.format(gate)}'}}]\n"})
    folder.run("apply", "s.yaml", "--no-wait")

    with folder.start("status", "--watch", "s.yaml") as watching:
        assert watching.stdout is not None
        watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate(timeout=50)
    gate.touch()

    assert watching.returncode == 0, errors


REASONS = {
    "slots are busy": (
        HEAD.replace("task_slots_per_node: 4", "task_slots_per_node: 1"),
        ['task "b" waits: the only slot is busy', "runs on"],
    ),
    "the job's own limit": (
        HEAD.replace("job: {id: demo}", "job: {id: demo, max_parallel_tasks: 1}"),
        ['task "b" waits: the job may run 1 task at once, and 1 is running'],
    ),
    "the start task failed": (
        HEAD.replace("task_slots", "start_task: {run: 'echo no such package >&2; exit 7'}, task_slots"),
        ["the start task failed on", "with exit code 7", "  | no such package"],
    ),
    "the preparation failed": (
        HEAD.replace("job: {id: demo}", "job: {id: demo, prepare: {run: 'echo no venv >&2; exit 2'}}"),
        ["the job preparation task failed on", "with exit code 2", "  | no venv"],
    ),
    "it has no nodes": (
        HEAD.replace("nodes: {dedicated: 1}", "nodes: {autoscale: {formula: '$TargetDedicatedNodes = 0;'}}"),
        ['pool "demo" has no nodes: its formula asked for none'],
    ),
}


@pytest.mark.parametrize(("head", "words"), REASONS.values(), ids=REASONS)
def test_why_names_what_is_in_the_way(folder: Folder, head: str, words: list[str]) -> None:
    gate = folder.path / "go"
    folder.write({"s.yaml": f"{head}tasks: [{{id: a, run: '{GATE.format(gate)}'}}, {{id: b, run: ls}}]\n"})

    applied = folder.run("apply", "s.yaml", "--no-wait")
    shown = until(lambda: folder.run("why", "s.yaml"), words[0])
    gate.touch()

    assert applied.code == 0
    assert [word for word in words if word not in shown.stdout] == [], shown.stdout


def test_a_task_that_fits_no_node_of_anothers_pool_ends_its_watch(folder: Folder) -> None:
    work = (
        "batchspec: v1\nname: work\njob: {id: work, pool_info: {pool_id: demo}}\n"
        "tasks: [{id: big, required_slots: 8, run: ls}, {id: small, run: ls}]\n"
    )
    folder.write({"pool.yaml": HEAD.replace("job: {id: demo}\n", ""), "work.yaml": work})
    folder.run("apply", "pool.yaml")

    applied = folder.run("apply", "work.yaml")
    why = folder.run("why", "work.yaml", "big")

    assert applied.code == 5
    assert 'task "big" takes 8 slots, and a node of pool "demo" has 4' in applied.stdout
    assert 'task "big" takes 8 slots, and a node of pool "demo" has 4' in why.stdout


@pytest.mark.parametrize("command", ["wait", "logs"])
def test_of_a_job_that_was_never_applied_nothing_can_be_awaited(folder: Folder, command: str) -> None:
    folder.write({"s.yaml": f"{HEAD}tasks: [{{id: a, run: ls}}]\n"})

    ran = folder.run(command, "s.yaml")

    assert ran.code == 2
    assert 'there is no job "demo"' in ran.stderr


def test_what_a_task_orders_a_terminal_to_do_is_not_done(folder: Folder) -> None:
    run = r"printf '\\033[31mred\\033[0m \\033]0;title\\007\\302\\2332Jend\\n\\377\\000\\n'"
    folder.write({"s.yaml": f'{HEAD}tasks: [{{id: a, run: "{run}"}}]\n'})

    applied = folder.run("apply", "s.yaml")
    logs = folder.run("logs", "s.yaml")
    machines = folder.run("logs", "s.yaml", "--json")

    assert "  | red end\n" in applied.stdout
    assert logs.stdout == "  | red end\n  | \ufffd\ufffd\n"
    assert all(line.isprintable() for line in machines.stdout.splitlines())


def test_without_a_storage_account_work_runs_and_its_logs_go_with_the_nodes(folder: Folder) -> None:
    folder.write({"s.yaml": f"{HEAD}tasks: [{{id: a, run: echo hello}}]\n"})
    folder.run("status", "s.yaml")
    account = {name: value for name, value in folder.endpoint.items() if name.startswith("AZURE_BATCH_")}

    applied = folder.run("apply", "s.yaml", **account)
    logs = folder.run("logs", "s.yaml", **account)
    destroyed = folder.run("destroy", "s.yaml", **account)
    nothing = folder.run("logs", "s.yaml", **account)

    assert applied.code == 0, applied.stdout + applied.stderr
    assert "note[BS813] what tasks print goes with their nodes" in applied.stdout
    assert logs.stdout == "  | hello\n"
    assert nothing.code == 2, destroyed


def test_a_colleague_without_secrets_and_files_can_look_and_clean_up(folder: Folder) -> None:
    text = (
        f"{HEAD}tasks:\n  - id: a\n    run: 'cat in.csv > out.csv; echo $KEY'\n"
        "    environment: {KEY: '${{ env.MY_TOKEN }}'}\n    inputs: [{path: in.csv}]\n"
        "    outputs: [{path: out.csv, download: true}]\n"
    )
    folder.write({"s.yaml": text, "in.csv": "1\n"})
    applied = folder.run("apply", "s.yaml", "--no-follow", MY_TOKEN="t0ken-of-mine")
    (folder.path / "in.csv").unlink()

    looks = {
        name: folder.run(name, "s.yaml", *more)
        for name, more in {"status": (), "logs": (), "wait": (), "why": (), "download": ("--results", "again")}.items()
    }
    quiet = folder.run("status", "s.yaml", "--json")
    again = folder.run("apply", "s.yaml")
    swept = folder.run("gc", "s.yaml")
    gone = folder.run("destroy", "s.yaml", "--yes")

    assert applied.code == 0, applied.stderr
    assert {name: ran.code for name, ran in looks.items()} == dict.fromkeys(looks, 0)
    assert "1 succeeded" in looks["status"].stdout
    assert 's.yaml:8:25: note[BS214] the environment variable "MY_TOKEN" is not set' in looks["status"].stderr
    assert 'note[BS401] the input file "in.csv" is not there' in looks["status"].stderr
    assert (folder.path / "again/demo/a/out.csv").read_text() == "1\n"
    assert quiet.stderr == ""
    assert again.code == 1, "to run it takes all"
    assert (swept.code, gone.code) == (0, 0)
    assert "job demo: removed" in gone.stdout


def test_earlier_runs_are_listed_and_can_be_looked_at(folder: Folder) -> None:
    outputs = "outputs: [{path: out.txt, download: true}]"
    tasks = "tasks: [{id: a, run: 'echo run-$AZ_BATCH_JOB_ID | tee out.txt', %s}]\n"
    folder.write({"s.yaml": HEAD + tasks % outputs})
    folder.run("apply", "s.yaml", "--no-follow")
    one = folder.run("status", "s.yaml")
    folder.run("apply", "s.yaml", "--no-follow", "--rerun")

    both = folder.run("status", "s.yaml")
    first = {name: folder.run(name, "s.yaml", "--run", "1") for name in ("status", "logs", "wait", "why")}
    folder.run("download", "s.yaml", "--run", "1", "--results", "first")
    machine = folder.run("status", "s.yaml", "--json")
    none = folder.run("logs", "s.yaml", "--run", "3")

    assert "runs" not in one.stdout
    lines = both.stdout.splitlines()
    assert lines[0].startswith("job demo: 2 runs")
    assert [line.split()[:3] for line in lines[2:4]] == [["2", "demo-2", "completed"], ["1", "demo", "completed"]]
    assert "job demo-2: completed" in both.stdout
    assert "job demo: completed" in first["status"].stdout
    assert first["logs"].stdout == "  | run-demo\n"
    assert first["wait"].stdout.splitlines()[-1].startswith("demo succeeded: 1 succeeded")
    assert 'job "demo" has completed' in first["why"].stdout
    assert (folder.path / "first/demo/a/out.txt").read_text() == "run-demo\n"
    assert [event["event"] for event in machine.events()] == ["program", "runs", "status"]
    assert (none.code, "there are 2, 1" in none.stderr) == (2, True)


def test_where_nothing_is_there_it_is_said_which_folder_was_looked_at(folder: Folder) -> None:
    folder.write({"s.yaml": f"{HEAD}tasks: [{{id: a, run: 'true', outputs: [{{path: x, download: true}}]}}]\n"})

    status = folder.run("status", "s.yaml")
    download = folder.run("download", "s.yaml")

    assert f"each folder has a local target of its own; this is that of {folder.path}" in status.stderr
    assert (download.code, download.stdout) == (2, "")
    assert 'there is no job "demo", and none of its outputs are kept' in download.stderr
