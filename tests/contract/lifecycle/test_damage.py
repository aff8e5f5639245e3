"""A state that cannot be read is said with its remedy."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from azure.batch import BatchServiceClient
from azure.batch.batch_auth import SharedKeyCredentials
from azure.batch.models import BatchErrorException

from tests.contract.batch.support import pool_spec
from tests.contract.lifecycle.support import refused, run
from tests.support.emulator import processes_of, running_emulator
from tests.support.waiting import until


def test_damage_while_it_runs_ends_it_with_a_reason(root: Path) -> None:
    run("serve", root, "--detached")
    try:
        endpoint = json.loads((root / "endpoint.json").read_text())
        with closing(sqlite3.connect(root / "state.db")) as database:
            database.execute("DROP TABLE pools")
        credentials = SharedKeyCredentials(endpoint["AZURE_BATCH_ACCOUNT_NAME"], endpoint["AZURE_BATCH_ACCOUNT_KEY"])
        client = BatchServiceClient(credentials, endpoint["AZURE_BATCH_ACCOUNT_URL"])
        with client as batch, pytest.raises(BatchErrorException):
            batch.pool.add(pool_spec("p"))

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

    said = refused("serve", root)

    assert name in said
    assert f"batchspec emulator reset --root {root}" in said


def test_a_state_of_another_version_is_not_called_damaged(root: Path) -> None:
    with running_emulator(root):
        pass
    with closing(sqlite3.connect(root / "state.db")) as database:
        database.execute("PRAGMA user_version = 1")

    said = refused("serve", root)

    assert "was made by another version of batchspec (it has format 1" in said
    assert "damaged" not in said
    assert f"batchspec emulator reset --root {root}" in said
