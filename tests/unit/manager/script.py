"""The script that adds tasks, run in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from batchspec.manager import SCRIPT, add_tasks
from tests.unit.manager.service import Service, environment


class Hurried:
    """Time for the script: pauses are remembered, not waited for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def tasks(count: int) -> list[dict[str, Any]]:
    """Bodies of tasks."""
    return [{"id": f"t{n}", "commandLine": "/bin/true"} for n in range(count)]


def run(service: Service, path: Path) -> int:
    """The exit code of the script, in this process."""
    return add_tasks.main(str(path), environment(service))


def as_process(service: Service, path: Path) -> subprocess.Popen[str]:
    """The script as a node starts it."""
    return subprocess.Popen(
        [sys.executable, "-I", str(SCRIPT), str(path)],
        env={"PATH": os.environ["PATH"], **environment(service)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
