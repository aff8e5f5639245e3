from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from batchspec.service.account import Account, from_environment
from batchspec.service.batch import AzureBatch
from batchspec.service.blob import AzureBlob
from tests.support.emulator import running_emulator


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An emulator's account, for the tests of a module."""
    with running_emulator(tmp_path_factory.mktemp("emulator") / "root") as emulator:
        yield from_environment(emulator.variables, "local", "the local target")


@pytest.fixture
def batch(account: Account) -> Iterator[AzureBatch]:
    with closing(AzureBatch(account)) as made:
        yield made


@pytest.fixture
def blobs(account: Account) -> Iterator[AzureBlob]:
    with closing(AzureBlob(account)) as made:
        yield made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file to upload."""
    path = tmp_path / "source"
    path.write_bytes(b"some input\n")
    return path
