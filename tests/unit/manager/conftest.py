"""No test waits for the pauses of the script."""

from __future__ import annotations

import pytest

from batchspec.manager import add_tasks
from tests.unit.manager.script import Hurried


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> Hurried:
    made = Hurried()
    monkeypatch.setattr(add_tasks, "time", made)
    return made
