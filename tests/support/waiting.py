"""Waiting for what other processes and threads do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

DEADLINE = 30.0  # seconds


def until(holds: Callable[[], Any]) -> Any:
    """Ask until the answer is true, and give it; fail after a while."""
    deadline = time.monotonic() + DEADLINE
    while not (answer := holds()):
        assert time.monotonic() < deadline, "it never became so"
        time.sleep(0.02)
    return answer
