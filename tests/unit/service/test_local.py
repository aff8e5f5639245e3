from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from batchspec.errors import LocalFailure
from batchspec.service import local
from tests.support.emulator import processes_of, running_emulator


def publish(root: Path, pid: int, port: int) -> None:
    root.mkdir(parents=True, exist_ok=True)
    found = {"pid": pid, "AZURE_BATCH_ACCOUNT_URL": f"http://127.0.0.1:{port}"}
    (root / "endpoint.json").write_text(json.dumps(found))


@pytest.fixture
def port() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_service_that_runs_is_found(tmp_path: Path, port: int) -> None:
    publish(tmp_path, os.getpid(), port)

    assert local.running(tmp_path) == {"AZURE_BATCH_ACCOUNT_URL": f"http://127.0.0.1:{port}"}


def test_the_file_of_a_service_that_was_killed_proves_nothing(tmp_path: Path, port: int) -> None:
    publish(tmp_path, dead_pid(), port)

    assert local.running(tmp_path) is None


def test_a_process_that_does_not_listen_is_no_service(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    publish(tmp_path, os.getpid(), port)

    assert local.running(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x"}'])
def test_a_damaged_file_is_no_service(tmp_path: Path, text: str) -> None:
    (tmp_path / "endpoint.json").write_text(text)

    assert local.running(tmp_path) is None


def test_a_service_that_does_not_start_is_told_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("a file where the directory shall be")

    with pytest.raises(LocalFailure) as caught:
        local.endpoint(tmp_path / "root")

    assert str(tmp_path) in caught.value.message


def test_a_service_that_is_not_ready_in_time_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_emulator(tmp_path / "root"):
        pass
    (tmp_path / "root" / "account.json").unlink()
    os.mkfifo(tmp_path / "root" / "account.json")  # nobody writes to it, so the next one waits for ever
    monkeypatch.setattr(local, "_PATIENCE", 2.0)

    with pytest.raises(LocalFailure) as caught:
        local.endpoint(tmp_path / "root")

    assert "not ready after 2 seconds, and was ended" in caught.value.message
    assert processes_of(tmp_path / "root") == []


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    """The lock of a directory, held."""
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    os.close(descriptor)


def test_while_the_directory_is_held_there_is_hope(tmp_path: Path, lock: int) -> None:
    before = local.ended(tmp_path)
    fcntl.flock(lock, fcntl.LOCK_UN)
    after = local.ended(tmp_path)

    assert before is None
    assert after is not None


LOGS = {
    "a reason of the emulator": ("x\nbatchspec emulator: cannot use d: No space left\n", "cannot use d: No space left"),
    "a logged line": ("2026-11-22 15:46:48,123 INFO batchspec.emulator: stopping: told to\n", '"stopping: told to"'),
    "the end of a long log": ("x" * 10_000 + "\nlast\n", '"last"'),
    "an empty log": ("", "has ended"),
}


@pytest.mark.parametrize(("text", "said"), LOGS.values(), ids=LOGS.keys())
def test_a_service_that_has_ended_is_told_with_the_last_of_its_log(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "emulator.log").write_text(text)

    why = local.ended(tmp_path)

    assert why is not None
    assert said in why.message
    assert "same command again" in str(why.hint)


FULL = "batchspec emulator: the disk that holds d is full; make room there\n"


@pytest.mark.parametrize(("text", "free"), [(FULL, 9), ("", 0)], ids=["it said so", "it could not say so"])
def test_of_a_full_disk_it_is_told_how_to_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, free: int
) -> None:
    (tmp_path / "emulator.log").write_text(text)
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=free, f_frsize=1024 * 1024))

    why = local.ended(tmp_path)

    assert why is not None
    assert why.message.count("is full") == 1
    assert f"batchspec emulator reset --root {tmp_path}" in str(why.hint)


def test_a_service_that_was_killed_has_no_last_words(tmp_path: Path) -> None:
    publish(tmp_path, dead_pid(), 1)
    (tmp_path / "emulator.log").write_text("2026-11-22 15:46:48,123 INFO batchspec.emulator: serving\n")

    why = local.ended(tmp_path)

    assert why is not None
    assert "was killed" in why.message
    assert "serving" not in why.message


def test_a_service_without_a_log_has_ended_all_the_same(tmp_path: Path) -> None:
    assert local.ended(tmp_path / "nothing") is not None
