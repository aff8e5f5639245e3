"""The local target: started when it is needed, shared, and told of when it was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from batchspec.errors import LocalFailure, NotFound
from batchspec.run import destroy, status
from batchspec.run.events import Removed
from batchspec.service import local
from batchspec.service.account import resolve
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from tests.contract.service.support import CLOCK, made, run, shell
from tests.support.emulator import none_left


def stop(root: Path) -> None:
    command = [sys.executable, "-m", "batchspec.emulator", "stop", "--root", str(root)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Where the local target of `tmp_path` is; what runs there ends with the test."""
    root = tmp_path / ".batchspec" / "local"
    yield root
    stop(root)


def test_the_local_target_is_started_once_and_found_again(root: Path, tmp_path: Path) -> None:
    first = resolve(None, {}, tmp_path)
    second = resolve("local", {}, tmp_path)

    assert first == second
    with closing(AzureBatch(second)) as batch, pytest.raises(NotFound):
        batch.get_pool("p")
    stop(root)
    assert local.running(root) is None


def test_a_local_service_that_is_killed_while_it_is_watched_is_told_with_the_way_back(
    root: Path, tmp_path: Path
) -> None:
    account = resolve("local", {}, tmp_path)
    program = made("orphan", [shell("a", "sleep 1000")])

    def kill() -> None:
        os.kill(json.loads((root / "endpoint.json").read_bytes())["pid"], signal.SIGKILL)

    with closing(AzureBatch(account)) as batch, closing(AzureBlob(account)) as blobs:
        with pytest.raises(LocalFailure) as caught:
            run(program, batch, blobs, tmp_path, kill)
        with pytest.raises(LocalFailure) as stored:
            list(blobs.list_blobs("x", ""))
    again = resolve("local", {}, tmp_path)
    with closing(AzureBatch(again)) as batch:
        found = status(program, batch, CLOCK)

    assert f"{root} was killed" in caught.value.message
    assert "same command again" in str(caught.value.hint)
    assert stored.value.message == caught.value.message
    assert found.counts.total == 1


def test_commands_that_find_nothing_leave_a_service_that_stops_itself(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "IDLE", 1.0)
    account = resolve("local", {}, tmp_path)
    program = made("nothing", [shell("a", "true")])

    with closing(AzureBatch(account)) as batch, closing(AzureBlob(account)) as blobs:
        found = status(program, batch, CLOCK)
        events = list(destroy(program, batch, blobs, CLOCK))

    assert (found.pool, found.job) == (None, None)
    assert events == [Removed("job", "nothing-job", 0), Removed("pool", "nothing", 0)]
    assert none_left(root, 30.0)


@pytest.mark.usefixtures("root")
def test_two_commands_that_start_the_local_target_at_once_share_it(tmp_path: Path) -> None:
    ask = (
        "import pathlib, sys; from batchspec.service.account import resolve;"
        "print(resolve(None, {}, pathlib.Path(sys.argv[1])).batch_url)"
    )
    command = [sys.executable, "-c", ask, str(tmp_path)]

    asked = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {process.communicate()[0].strip() for process in asked}

    assert len(answers) == 1
    assert answers.pop().startswith("http://127.0.0.1:")
