"""The emulator's fixture, and a place for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.emulator import emulator

__all__ = ["emulator"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where an emulator may live; there is nothing yet."""
    return tmp_path / "state" / "local"
