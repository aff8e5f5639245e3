"""The emulator as a process: started, used, killed, started again, stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import (
    BatchErrorException,
    JobAddParameter,
    PoolAddParameter,
    PoolInformation,
    ResourceFile,
    TaskAddParameter,
    TaskConstraints,
)
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import BlobClient, BlobServiceClient, generate_blob_sas

from tests.support.blob_service import error_code
from tests.support.emulator import COMMAND, REPOSITORY, Emulator, end, processes_of, running_emulator

DEADLINE = 30  # seconds


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "state" / "local"


def run(command: str, root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, command, "--root", str(root), *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_one_clear_line(text: str) -> bool:
    return text.count("\n") == 1 and text.startswith("batchspec emulator: ") and "Traceback" not in text


def pool(name: str, nodes: int = 0) -> PoolAddParameter:
    return PoolAddParameter(
        id=name,
        vm_size="Standard_D2s_v5",
        virtual_machine_configuration={
            "image_reference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
            "node_agent_sku_id": "batch.node.ubuntu 24.04",
        },
        target_dedicated_nodes=nodes,
    )


def exit_code(emulator: Emulator, command: str) -> int | None:
    """What a task ended with, in a job of its own."""
    name = f"j{time.monotonic_ns()}"
    with emulator.batch() as batch:
        batch.pool.add(pool(name, nodes=1))
        batch.job.add(JobAddParameter(id=name, pool_info=PoolInformation(pool_id=name)))
        batch.task.add(name, TaskAddParameter(id="t", command_line=command))
        until(lambda: batch.task.get(name, "t").state == "completed")
        info = batch.task.get(name, "t").execution_info
        code: int | None = info.exit_code
        return code


def test_both_services_answer_on_the_printed_addresses(emulator: Emulator) -> None:
    with emulator.batch() as batch, emulator.blobs() as blobs:
        batch.pool.add(pool("p"))
        blobs.create_container("inputs").upload_blob("a/b.txt", b"abc")

        assert [item.id for item in batch.pool.list()] == ["p"]
        assert blobs.get_blob_client("inputs", "a/b.txt").download_blob().readall() == b"abc"


def test_a_service_that_was_killed_comes_back_as_it_was(root: Path) -> None:
    with running_emulator(root) as first:
        with first.batch() as batch, first.blobs() as blobs:
            batch.pool.add(pool("p"))
            batch.job.add(JobAddParameter(id="j", pool_info=PoolInformation(pool_id="p")))
            blobs.create_container("kept").upload_blob("x", b"kept")
        first.process.kill()
        first.process.wait()

    with running_emulator(root) as second, second.batch() as batch, second.blobs() as blobs:
        assert second.variables == first.variables
        assert batch.job.get("j").id == "j"
        assert blobs.get_blob_client("kept", "x").download_blob().readall() == b"kept"


def test_lines_are_printed_for_shells(root: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--root", str(root)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        lines = dict(process.stdout.readline().rstrip("\n").split("=", 1) for _ in range(4))
        endpoint = json.loads((root / "endpoint.json").read_text())
    finally:
        code = end(process)

    assert list(lines) == [
        "AZURE_BATCH_ACCOUNT_NAME",
        "AZURE_BATCH_ACCOUNT_KEY",
        "AZURE_BATCH_ACCOUNT_URL",
        "AZURE_STORAGE_CONNECTION_STRING",
    ]
    assert {name: endpoint[name] for name in lines} == lines
    assert endpoint["pid"] == process.pid
    assert code == 0


def test_tasks_inherit_nothing_that_was_open_in_the_shell_that_started_the_service(root: Path) -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)  # as a shell's 9>lock, or the jobserver of make
    process = subprocess.Popen(
        [*COMMAND, "serve", "--root", str(root), "--json"], stdout=subprocess.PIPE, text=True, pass_fds=[write]
    )
    try:
        assert process.stdout is not None
        emulator = Emulator(root, process, json.loads(process.stdout.readline()))
        assert exit_code(emulator, f"test -e /dev/fd/{write}") == 1
        assert exit_code(emulator, "test -e /dev/fd/2") == 0
    finally:
        end(process)
        os.close(write)
        os.close(read)


def test_the_service_does_not_stay_in_the_directory_of_its_caller(root: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--root", str(root), "--json"], cwd=tmp_path / "gone", stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        emulator = Emulator(root, process, json.loads(process.stdout.readline()))
        (tmp_path / "gone").rmdir()
        assert exit_code(emulator, "true") == 0
        assert Path(f"/proc/{process.pid}/cwd").readlink() == root
    finally:
        end(process)


def test_its_files_are_for_its_user_only(emulator: Emulator) -> None:
    with emulator.blobs() as blobs:
        blobs.create_container("things").upload_blob("x", b"x")

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [emulator.root, *emulator.root.rglob("*")]}

    assert {path.name: oct(mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)} == {}
    assert {"account.json", "endpoint.json", "lock", "blobs.db", "state.db"} <= {path.name for path in modes}


def test_keys_are_random(tmp_path: Path) -> None:
    with (
        running_emulator(tmp_path / "a") as one,
        running_emulator(tmp_path / "b") as two,
        BlobServiceClient(two.storage_url, one.key, retry_total=0) as stranger,
    ):
        assert one.key != two.key
        with pytest.raises(ClientAuthenticationError):
            stranger.get_service_properties()


def test_a_second_one_in_the_same_directory_names_the_first(emulator: Emulator) -> None:
    second = run("serve", emulator.root)

    assert second.returncode == 4
    assert is_one_clear_line(second.stderr)
    assert f"process {emulator.process.pid}" in second.stderr
    with emulator.blobs() as blobs:
        assert list(blobs.list_containers()) == []


def test_a_port_that_is_taken_is_said(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("serve", root, "--port", str(taken.getsockname()[1]))

    assert refused.returncode == 4
    assert is_one_clear_line(refused.stderr)
    assert "--port" in refused.stderr


def test_the_last_port_is_left_to_who_has_it_now(root: Path) -> None:
    with running_emulator(root) as first:
        port = int(first.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), running_emulator(root) as second:
        moved = second.url
        with second.blobs() as blobs:
            assert list(blobs.list_containers()) == []

    assert moved != first.url
    assert json.loads((root / "account.json").read_text())["ports"] == [port, int(moved.rpartition(":")[2])]


def test_it_stops_by_itself_when_idle(root: Path) -> None:
    with running_emulator(root, "--idle", "0.3") as emulator:
        assert emulator.process.wait(DEADLINE) == 0
    assert not (root / "endpoint.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_ends_it_though_clients_keep_connections(emulator: Emulator, number: signal.Signals) -> None:
    with emulator.blobs() as blobs, emulator.batch() as batch:
        blobs.create_container("things")
        list(batch.pool.list())

        emulator.process.send_signal(number)

        assert emulator.process.wait(DEADLINE) == 0
    assert not (emulator.root / "endpoint.json").exists()


def test_a_client_that_stalls_in_its_body_does_not_hold_it(emulator: Emulator) -> None:
    with socket.create_connection(("127.0.0.1", int(emulator.url.rpartition(":")[2]))) as stalled:
        stalled.sendall(
            b"POST /pools?api-version=2024-02-01.19.0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
        )

        emulator.process.terminate()

        assert emulator.process.wait(DEADLINE) == 0


def test_a_second_signal_ends_it_and_its_tasks_at_once(root: Path, tmp_path: Path) -> None:
    witness = tmp_path / "running"
    with running_emulator(root) as emulator, emulator.batch() as batch:
        batch.pool.add(pool("p", nodes=1))
        batch.job.add(JobAddParameter(id="j", pool_info=PoolInformation(pool_id="p")))
        stubborn = f"trap '' TERM; touch {witness}; while :; do sleep 100; done"
        batch.task.add("j", TaskAddParameter(id="t", command_line=f'/bin/bash -c "{stubborn}"'))
        until(witness.exists)

        emulator.process.terminate()
        until(lambda: not (root / "endpoint.json").exists())
        emulator.process.terminate()

        assert emulator.process.wait(DEADLINE) == 128 + signal.SIGTERM
        until(lambda: processes_of(root) == [])


def test_what_ran_when_it_was_stopped_runs_again(root: Path, tmp_path: Path) -> None:
    witness, gate = tmp_path / "running", tmp_path / "gate"
    with running_emulator(root) as emulator, emulator.batch() as batch:
        batch.pool.add(pool("p", nodes=1))
        batch.job.add(JobAddParameter(id="j", pool_info=PoolInformation(pool_id="p")))
        script = f"touch {witness}; until test -e {gate}; do sleep 0.05; done"
        batch.task.add("j", TaskAddParameter(id="t", command_line=f'/bin/bash -c "{script}"'))
        until(witness.exists)
    gate.touch()

    with running_emulator(root) as emulator, emulator.batch() as batch:
        until(lambda: batch.task.get("j", "t").state == "completed")
        info = batch.task.get("j", "t").execution_info

    assert (info.exit_code, info.requeue_count) == (0, 1)


@pytest.mark.parametrize(
    ("script", "limit"),
    [
        ("setsid sleep 100 & sleep 0.1", None),
        # the daemon's parent is no leader: it comes to us only when that, too, has been ended
        ("(setsid sleep 100 & exec cat <> fifo) & sleep 0.1", None),
        ("setsid sleep 100 & exec cat <> fifo", timedelta(seconds=1)),
        ("setsid env -i sleep 100 & sleep 0.1", None),
    ],
    ids=["a daemon", "a daemon of a child", "a time limit", "a daemon that hides"],
)
def test_a_task_that_ended_leaves_no_process_not_even_a_daemon(
    emulator: Emulator, script: str, limit: timedelta | None
) -> None:
    with emulator.batch() as batch:
        batch.pool.add(pool("p", nodes=1))
        batch.job.add(JobAddParameter(id="j", pool_info=PoolInformation(pool_id="p")))
        constraints = TaskConstraints(max_wall_clock_time=limit)
        command = f"/bin/bash -c 'mkfifo fifo; {script}'"
        batch.task.add("j", TaskAddParameter(id="t", command_line=command, constraints=constraints))
        until(lambda: batch.task.get("j", "t").state == "completed")

        until(lambda: children(emulator.process.pid) == [])


def test_a_daemon_lives_as_long_as_its_own_task(emulator: Emulator, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with emulator.batch() as batch:
        batch.pool.add(pool("p", nodes=2))
        batch.job.add(JobAddParameter(id="j", pool_info=PoolInformation(pool_id="p")))
        served = f"(setsid sleep 100 &); until test -e {gate}; do sleep 0.02; done"
        batch.task.add("j", TaskAddParameter(id="server", command_line=f'/bin/bash -c "{served}"'))
        until(lambda: len(children(emulator.process.pid)) == 2)  # the task, and its daemon, which has come to us

        batch.task.add("j", TaskAddParameter(id="other", command_line="/bin/true"))
        until(lambda: batch.task.get("j", "other").state == "completed")
        kept = len(children(emulator.process.pid))
        gate.touch()

        assert kept == 2
        until(lambda: children(emulator.process.pid) == [])


def children(pid: int) -> list[int]:
    """The processes whose parent this is, zombies too (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_it_ends_well_while_a_server_keeps_a_download_waiting(root: Path) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    command = [*COMMAND, "serve", "--root", str(root), "--json"]
    with (
        closing(silent),
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        variables = json.loads(process.stdout.readline())
        with Emulator(root, process, variables).batch() as batch:
            batch.pool.add(pool("p", nodes=1))
            batch.job.add(JobAddParameter(id="j", pool_info=PoolInformation(pool_id="p")))
            file = ResourceFile(http_url=f"http://127.0.0.1:{silent.getsockname()[1]}/f", file_path="f")
            batch.task.add("j", TaskAddParameter(id="t", command_line="/bin/true", resource_files=[file]))
        connection, _ = silent.accept()
        with connection:
            process.terminate()
            said = process.stderr.read()

            assert process.wait(DEADLINE) == 0
    assert "Traceback" not in said


def test_nobody_passes_for_another_address(emulator: Emulator) -> None:
    with emulator.blobs() as blobs:
        blobs.create_container("things").upload_blob("x", b"x")
    token = generate_blob_sas(
        emulator.account, "things", "x", account_key=emulator.key, permission="r",
        expiry=datetime.now(timezone.utc) + timedelta(hours=1), ip="10.1.2.3",
    )  # fmt: skip

    with (
        BlobClient.from_blob_url(f"{emulator.storage_url}/things/x?{token}", retry_total=0) as blob,
        pytest.raises(HttpResponseError) as refused,
    ):
        blob.download_blob(headers={"X-Forwarded-For": "10.1.2.3"})

    assert (refused.value.status_code, error_code(refused)) == (403, "AuthorizationSourceIPMismatch")


def test_stop_ends_it(emulator: Emulator) -> None:
    stopped = run("stop", emulator.root)

    assert stopped.returncode == 0
    assert str(emulator.process.pid) in stopped.stdout
    assert emulator.process.wait(DEADLINE) == 0


def test_stop_says_when_nothing_runs(root: Path) -> None:
    stopped = run("stop", root)

    assert (stopped.returncode, stopped.stdout) == (0, f"no emulator runs in {root}\n")
    assert not root.exists()


def test_stop_leaves_alone_who_got_the_number_of_a_dead_one(root: Path) -> None:
    with running_emulator(root) as emulator:
        emulator.process.kill()
        emulator.process.wait()
    with subprocess.Popen(["sleep", "60"]) as innocent:
        (root / "lock").write_text(str(innocent.pid))
        (root / "endpoint.json").write_text(json.dumps({"pid": innocent.pid}))

        stopped = run("stop", root)
        alive = innocent.poll() is None
        innocent.kill()

    assert stopped.stdout == f"no emulator runs in {root}\n"
    assert alive


def test_a_detached_one_outlives_its_caller_and_writes_a_log(root: Path) -> None:
    # the output is read to its end, so this returns only if the emulator lets go of it
    started = run("serve", root, "--json", "--detached")
    try:
        pid = json.loads((root / "endpoint.json").read_text())["pid"]

        assert started.returncode == 0
        assert json.loads(started.stdout)["AZURE_BATCH_ACCOUNT_URL"].startswith("http://127.0.0.1:")
        assert started.stderr == ""
        assert os.getsid(pid) == pid
        until(lambda: "serving" in (root / "emulator.log").read_text())
        assert stat.S_IMODE((root / "emulator.log").stat().st_mode) == 0o600
    finally:
        run("stop", root)
    until(lambda: processes_of(root) == [])


def test_a_detached_one_that_cannot_start_says_so_to_its_caller(emulator: Emulator) -> None:
    refused = run("serve", emulator.root, "--detached")

    assert refused.returncode == 4
    assert is_one_clear_line(refused.stderr)


def test_reset_removes_what_is_ours_and_nothing_else(root: Path) -> None:
    with running_emulator(root) as emulator, emulator.blobs() as blobs:
        blobs.create_container("things").upload_blob("x", b"x")
    (root / "notes.txt").write_text("mine")
    (root / "nodes" / "locked").mkdir(mode=0o000)

    removed = run("reset", root)

    assert removed.returncode == 0
    assert [path.name for path in root.iterdir()] == ["notes.txt"]
    for name in ("account.json", "blobs.db", "state.db", "blobs", "nodes"):
        assert name in removed.stdout


def test_reset_leaves_alone_where_no_emulator_has_lived(root: Path) -> None:
    for name in ("nodes", "blobs", "trash"):
        (root / name).mkdir(parents=True)
        (root / name / "mine").write_text("")
    (root / "lock").write_text("of another program")
    (root / "account.json").write_text('{"account": "mine"}')
    before = sorted(root.rglob("*"))

    for options in ((), ("--force",)):
        refused = run("reset", root, *options)

        assert refused.returncode == 4
        assert is_one_clear_line(refused.stderr)
        assert f"no emulator has lived in {root}" in refused.stderr
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("name", ["nodes", "lock"])
def test_a_directory_with_things_of_others_under_its_names_is_not_taken(root: Path, name: str) -> None:
    root.mkdir(parents=True)
    (root / name).write_text("mine")

    refused = run("serve", root)

    assert refused.returncode == 4
    assert is_one_clear_line(refused.stderr)
    assert name in refused.stderr
    assert [path.name for path in root.iterdir()] == [name]
    assert (root / name).read_text() == "mine"


def test_reset_works_on_what_a_kill_left(root: Path) -> None:
    with running_emulator(root) as emulator:
        emulator.process.kill()
        emulator.process.wait()
    (root / "account.json").unlink()

    assert run("reset", root).returncode == 0
    assert not root.exists()


def test_reset_refuses_while_it_runs_unless_forced(emulator: Emulator) -> None:
    refused = run("reset", emulator.root)
    forced = run("reset", emulator.root, "--force")

    assert refused.returncode == 4
    assert is_one_clear_line(refused.stderr)
    assert forced.returncode == 0
    assert emulator.process.wait(DEADLINE) == 0
    assert not emulator.root.exists()


def test_damage_while_it_runs_ends_it_with_a_reason(root: Path) -> None:
    run("serve", root, "--detached")
    try:
        endpoint = json.loads((root / "endpoint.json").read_text())
        with closing(sqlite3.connect(root / "state.db")) as database:
            database.execute("DROP TABLE pools")
        credentials = SharedKeyCredentials(endpoint["AZURE_BATCH_ACCOUNT_NAME"], endpoint["AZURE_BATCH_ACCOUNT_KEY"])
        client = BatchServiceClient(credentials, endpoint["AZURE_BATCH_ACCOUNT_URL"])
        with client as batch, pytest.raises(BatchErrorException):
            batch.pool.add(pool("p"))

        until(lambda: processes_of(root) == [])
    finally:
        run("stop", root)

    last = (root / "emulator.log").read_text().splitlines()[-1]
    assert last.startswith("batchspec emulator: state.db in ")
    assert not (root / "endpoint.json").exists()


@pytest.mark.parametrize("name", ["account.json", "blobs.db", "state.db"])
def test_damage_is_said_with_its_remedy(root: Path, name: str) -> None:
    with running_emulator(root):
        pass
    (root / name).write_bytes(b"no such thing" * 400)

    refused = run("serve", root)

    assert refused.returncode == 4
    assert is_one_clear_line(refused.stderr)
    assert name in refused.stderr
    assert f"batchspec emulator reset --root {root}" in refused.stderr


def test_a_state_of_another_version_is_not_called_damaged(root: Path) -> None:
    with running_emulator(root):
        pass
    with closing(sqlite3.connect(root / "state.db")) as database:
        database.execute("PRAGMA user_version = 1")

    refused = run("serve", root)

    assert refused.returncode == 4
    assert is_one_clear_line(refused.stderr)
    assert "was made by another version of batchspec (it has format 1" in refused.stderr
    assert "damaged" not in refused.stderr
    assert f"batchspec emulator reset --root {root}" in refused.stderr


def test_a_root_that_cannot_be_a_directory_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    refused = run("serve", tmp_path / "file" / "local")

    assert refused.returncode == 4
    assert is_one_clear_line(refused.stderr)
    assert f"cannot use {tmp_path / 'file'}" in refused.stderr


@pytest.mark.parametrize("options", [("--port", "x"), ("--port", "65536"), ("--idle", "-1"), ("--idle", "inf")])
def test_wrong_usage_exits_with_2(root: Path, options: tuple[str, str]) -> None:
    refused = run("serve", root, *options)

    assert refused.returncode == 2
    assert not root.exists()
