"""What keeps an emulator from starting is said in one clear line, and the detached one outlives its caller."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from tests.contract.lifecycle.support import refused, run
from tests.support.emulator import Emulator, processes_of, running_emulator
from tests.support.waiting import until


def test_a_second_one_in_the_same_directory_names_the_first(emulator: Emulator) -> None:
    said = refused("serve", emulator.root)

    assert f"process {emulator.process.pid}" in said
    with emulator.blobs() as blobs:
        assert list(blobs.list_containers()) == []


def test_a_port_that_is_taken_is_said(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refused("serve", root, "--port", str(taken.getsockname()[1]))

    assert "--port" in said


def test_the_last_port_is_left_to_who_has_it_now(root: Path) -> None:
    with running_emulator(root) as first:
        port = int(first.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), running_emulator(root) as second:
        moved = second.url
        with second.blobs() as blobs:
            assert list(blobs.list_containers()) == []

    assert moved != first.url
    assert json.loads((root / "account.json").read_text())["ports"] == [port, int(moved.rpartition(":")[2])]


@pytest.mark.parametrize("name", ["nodes", "lock"])
def test_a_directory_with_things_of_others_under_its_names_is_not_taken(root: Path, name: str) -> None:
    root.mkdir(parents=True)
    (root / name).write_text("mine")

    said = refused("serve", root)

    assert name in said
    assert [path.name for path in root.iterdir()] == [name]
    assert (root / name).read_text() == "mine"


def test_a_root_that_cannot_be_a_directory_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    said = refused("serve", tmp_path / "file" / "local")

    assert f"cannot use {tmp_path / 'file'}" in said


@pytest.mark.parametrize("options", [("--port", "x"), ("--port", "65536"), ("--idle", "-1"), ("--idle", "inf")])
def test_wrong_usage_exits_with_2(root: Path, options: tuple[str, str]) -> None:
    done = run("serve", root, *options)

    assert done.returncode == 2
    assert options[0] in done.stderr
    assert not root.exists()


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
    assert refused("serve", emulator.root, "--detached") == refused("serve", emulator.root)
