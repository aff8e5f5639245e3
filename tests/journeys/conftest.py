"""A folder for a user, whose local service ends with the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Folder
from tests.support.emulator import processes_of


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """An empty folder to run commands in."""
    made = Folder(tmp_path)
    yield made
    made.run("emulator", "stop")
    assert processes_of(tmp_path / ".batchspec/local") == []
