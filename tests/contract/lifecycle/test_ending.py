"""How an emulator ends: when idle, by a signal, by `stop`, whatever its clients and tasks do."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from azure.batch.models import ResourceFile

from tests.contract.batch.support import task_spec
from tests.contract.lifecycle.support import DEADLINE, prepare, run, serving
from tests.support.emulator import Emulator, processes_of, running_emulator
from tests.support.waiting import until


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
        prepare(batch)
        stubborn = f"trap '' TERM; touch {witness}; while :; do sleep 100; done"
        batch.task.add("j", task_spec("t", f'/bin/bash -c "{stubborn}"'))
        until(witness.exists)

        emulator.process.terminate()
        until(lambda: not (root / "endpoint.json").exists())
        emulator.process.terminate()

        assert emulator.process.wait(DEADLINE) == 128 + signal.SIGTERM
        until(lambda: processes_of(root) == [])


def test_it_ends_well_while_a_server_keeps_a_download_waiting(root: Path) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    with closing(silent), serving(root, stderr=subprocess.PIPE) as emulator:
        with emulator.batch() as batch:
            prepare(batch)
            file = ResourceFile(http_url=f"http://127.0.0.1:{silent.getsockname()[1]}/f", file_path="f")
            batch.task.add("j", task_spec("t", "/bin/true", resource_files=[file]))
        connection, _ = silent.accept()
        with connection:
            emulator.process.terminate()
            _, said = emulator.process.communicate(timeout=DEADLINE)

    assert emulator.process.returncode == 0
    assert "Traceback" not in said


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
