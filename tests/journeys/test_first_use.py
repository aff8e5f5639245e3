"""What a new user does: write a spec, apply it, look at it, remove it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.support.command import Folder

HELLO = """\
batchspec: v1
name: hello
pool: {id: hello, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: hello-1}
tasks:
  - id: hello
    run: echo "hello from $AZ_BATCH_TASK_ID"
"""

GRAPH = """\
batchspec: v1
name: graph
parameters:
  shards: {type: integer, default: 2}
pool: {id: graph, vm_size: Standard_A1_v2, image: ubuntu-24.04, nodes: {dedicated: 1}, task_slots_per_node: 2}
job:
  id: graph-${{ params.shards }}
  environment: {GREETING: hello}
  prepare: {run: echo prepared > tool}
  inputs: [{path: data/words.txt, to: in}]
tasks:
  - id: split
    run: |
      for i in 0 1 2 3; do sed -n "$((i + 1))p" in/words.txt > part-$i; done
    outputs: [{path: part-*}]
  - id: shout-${{ matrix.shard }}
    name: shout
    matrix: {shard: {range: "${{ params.shards }}"}}
    inputs: [{task: split}]
    run: |
      cat "$AZ_BATCH_JOB_PREP_WORKING_DIR/tool"
      tr a-z A-Z < split/part-${{ matrix.shard }} > loud.txt
    outputs: [{path: loud.txt}]
  - id: merge
    inputs: [{task: shout}]
    run: |
      cat shout-*/loud.txt > all.txt
      echo "$GREETING"
    outputs: [{path: "*.txt", download: true}]
"""


def test_apply_runs_a_spec_shows_its_output_and_succeeds(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO})

    ran = folder.run("apply", "hello.yaml")

    assert ran.code == 0
    assert ran.stdout.splitlines()[0] == "target: the local target, .batchspec/local"
    assert "hello from hello" in ran.stdout
    assert "hello-1 succeeded" in ran.stdout


def test_a_graph_passes_files_from_task_to_task_and_brings_the_result_home(folder: Folder) -> None:
    folder.write({"specs/graph.yaml": GRAPH, "specs/data/words.txt": "one\ntwo\nthree\nfour\n"})

    ran = folder.run("apply", "specs/graph.yaml", "-p", "shards=3", "--json")

    assert ran.code == 0
    report = ran.report()
    assert report["counts"]["succeeded"] == 5
    assert report["downloads"] == ["outputs/graph-3/merge/all.txt"]
    assert (folder.path / "outputs/graph-3/merge/all.txt").read_text() == "ONE\nTWO\nTHREE\n"


def test_apply_twice_reports_the_first_run_again(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO})
    folder.run("apply", "hello.yaml")

    ran = folder.run("apply", "hello.yaml", "--json")

    assert ran.code == 0
    assert [event["how"] for event in ran.events() if event["event"] == "job_ready"] == ["completed"]


def test_status_logs_download_and_destroy_speak_of_the_same_job(folder: Folder) -> None:
    folder.write({"graph.yaml": GRAPH, "data/words.txt": "one\ntwo\n"})
    folder.run("apply", "graph.yaml", "--no-follow")

    status = folder.run("status", "graph.yaml", "--json")
    logs = folder.run("logs", "graph.yaml", "merge")
    download = folder.run("download", "graph.yaml", "--results", "again")
    destroyed = folder.run("destroy", "graph.yaml")
    after = folder.run("status", "graph.yaml", "--json")

    assert status.events()[-1]["job"]["state"] == "completed"
    assert logs.stdout == "merge | hello\n"
    assert (folder.path / "again/graph-2/merge/all.txt").read_text() == "ONE\nTWO\n"
    assert download.code == destroyed.code == 0
    assert after.events()[-1]["job"] is None
    assert after.events()[-1]["pool"] is None


def test_several_specs_are_applied_one_after_the_other(folder: Folder) -> None:
    folder.write({"a.yaml": HELLO, "b.yaml": HELLO.replace("hello", "other")})

    ran = folder.run("apply", "a.yaml", "b.yaml", "--json")

    reports = [event["report"] for event in ran.events() if event["event"] == "finished"]
    assert [report["job_id"] for report in reports] == ["hello-1", "other-1"]
    assert ran.code == 0


def test_an_interrupt_detaches_and_the_next_apply_takes_the_job_up(folder: Folder) -> None:
    slow = HELLO.replace("run: echo", "run: sleep 2; echo")
    folder.write({"hello.yaml": slow})

    with folder.start("apply", "hello.yaml", "-p", "x=1") as refused:
        assert refused.wait() == 1
    with folder.start("apply", "hello.yaml", PYTHONUNBUFFERED="1") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("task hello: running"):
                process.send_signal(signal.SIGINT)
        code = process.wait()
    ran = folder.run("apply", "hello.yaml", "--json")

    assert code == 130
    assert [event["how"] for event in ran.events() if event["event"] == "job_ready"] in (["resumed"], ["completed"])
    assert ran.report()["counts"]["succeeded"] == 1


def test_the_local_service_is_killed_and_the_next_command_takes_the_work_up(folder: Folder) -> None:
    folder.write({"hello.yaml": HELLO.replace("run: echo", "run: sleep 1; echo")})
    folder.run("apply", "hello.yaml", "--no-wait")

    folder.kill_service()
    ran = folder.run("apply", "hello.yaml", "--json")

    assert ran.code == 0
    assert ran.report()["counts"]["succeeded"] == 1


def test_secrets_of_the_environment_are_masked_everywhere(folder: Folder) -> None:
    spec = HELLO.replace("tasks:", "tasks:").replace(
        "  - id: hello\n", "  - id: hello\n    environment: {TOKEN: '${{ env.TOKEN }}'}\n"
    )
    folder.write({"hello.yaml": spec.replace('echo "', 'echo "$TOKEN ')})

    runs = [
        folder.run("render", "hello.yaml", TOKEN="open-sesame"),
        folder.run("apply", "hello.yaml", TOKEN="open-sesame"),
        folder.run("logs", "hello.yaml", TOKEN="open-sesame", NO_COLOR="1"),
        folder.run("logs", "hello.yaml", "--json", TOKEN="open-sesame"),
    ]

    assert [ran.code for ran in runs] == [0, 0, 0, 0]
    assert all("open-sesame" not in ran.stdout + ran.stderr for ran in runs)
    assert "*** hello from hello" in runs[2].stdout


def test_render_shows_what_would_be_sent_and_starts_nothing(folder: Folder) -> None:
    folder.write({"graph.yaml": GRAPH, "data/words.txt": "one\n"})

    ran = folder.run("render", "graph.yaml")

    bodies = json.loads(ran.stdout)
    assert [task["id"] for task in bodies["tasks"]] == ["split", "shout-0", "shout-1", "merge"]
    assert "<sas:r>" in ran.stdout
    assert not (folder.path / ".batchspec").exists()


def test_any_client_can_use_the_service_that_serve_prints(folder: Folder) -> None:
    script = Path(__file__).parents[1] / "contract/plain/hand_written.py"
    folder.write({"text.txt": "one two three\n"})

    with folder.start("emulator", "serve", "--json") as process:
        assert process.stdout is not None
        variables = json.loads(process.stdout.readline())
        import subprocess
        import sys

        done = subprocess.run(
            [sys.executable, "-W", "error", str(script), "text.txt"],
            cwd=folder.path,
            env={**variables, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=50,
        )
        folder.run("emulator", "stop")

    assert done.stderr == ""
    assert "count: exit code 0: 3" in done.stdout
    assert "report: exit code 0: task report of job by-hand-1" in done.stdout
    assert "stored: 3" in done.stdout
