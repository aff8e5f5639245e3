"""Every operation that is served is called by this suite through the vendor's client."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchspec.emulator.batch.operations import OPERATIONS

SUITE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))
SERVED = [row.name for row in OPERATIONS if row.handler is not None]


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("name", SERVED)
def test_an_operation_that_is_served_is_called_here(name: str) -> None:
    group, method = name.split("_")

    assert f".{snake(group)}.{snake(method)}(" in SUITE
