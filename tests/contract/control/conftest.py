"""One emulator with a control plane for the tests of a file; between them it does nothing on request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.batch import BatchServiceClient
from azure.storage.blob import BlobServiceClient

from tests.support.control import Control
from tests.support.emulator import Emulator, running_emulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("controlled") / "emulator", control=True) as running:
        yield running


@pytest.fixture
def control(emulator: Emulator) -> Iterator[Control]:
    emulator.control.clear()
    yield emulator.control
    emulator.control.clear()


@pytest.fixture
def batch(emulator: Emulator) -> Iterator[BatchServiceClient]:
    """The vendor's client without retries, its connections kept alive."""
    with emulator.batch() as client:
        client.config.retry_policy.retries = 0
        yield client


@pytest.fixture
def blobs(emulator: Emulator) -> Iterator[BlobServiceClient]:
    with emulator.blobs() as client:
        yield client
