"""What a started emulator is: its addresses, its files, its keys, and what it has of its caller."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import BlobClient, BlobServiceClient, generate_blob_sas

from tests.contract.batch.support import pool_spec
from tests.contract.lifecycle.support import exit_code, serving
from tests.support.blob_service import error_code
from tests.support.emulator import COMMAND, REPOSITORY, Emulator, end, running_emulator


def test_both_services_answer_on_the_printed_addresses(emulator: Emulator) -> None:
    with emulator.batch() as batch, emulator.blobs() as blobs:
        batch.pool.add(pool_spec("p"))
        blobs.create_container("inputs").upload_blob("a/b.txt", b"abc")

        assert [item.id for item in batch.pool.list()] == ["p"]
        assert blobs.get_blob_client("inputs", "a/b.txt").download_blob().readall() == b"abc"


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
    try:
        with serving(root, pass_fds=[write]) as emulator:
            assert exit_code(emulator, f"test -e /dev/fd/{write}") == 1
            assert exit_code(emulator, "test -e /dev/fd/2") == 0
    finally:
        os.close(write)
        os.close(read)


def test_the_service_does_not_stay_in_the_directory_of_its_caller(root: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    with serving(root, cwd=gone, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}) as emulator:
        gone.rmdir()

        assert exit_code(emulator, "true") == 0
        assert Path(f"/proc/{emulator.process.pid}/cwd").readlink() == root


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
