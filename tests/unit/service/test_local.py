from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from batchspec.errors import LocalFailure
from batchspec.service import local


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
    (tmp_path / ".batchspec").write_text("a file where the directory shall be")

    with pytest.raises(LocalFailure) as caught:
        local.endpoint(tmp_path)

    assert str(tmp_path) in caught.value.message
