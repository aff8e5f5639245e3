"""Every operation that is served is called through the vendor's client."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batchspec.emulator.batch.operations import OPERATIONS

CONTRACT = Path(__file__).parents[1]
FILES = [*CONTRACT.glob("batch/*.py"), *CONTRACT.glob("control/*.py")]
SUITE = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
SERVED = [row.name for row in OPERATIONS if row.handler is not None]


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("name", SERVED)
def test_an_operation_that_is_served_is_called_here(name: str) -> None:
    group, method = name.split("_")

    assert f".{snake(group)}.{snake(method)}(" in SUITE
