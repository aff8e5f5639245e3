"""The emulator's commands, and what its tests ask of processes."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azure.batch import BatchServiceClient

from tests.contract.batch.support import job_spec, pool_spec, task_spec
from tests.support.emulator import COMMAND, REPOSITORY, Emulator, end
from tests.support.waiting import until

DEADLINE = 30  # seconds


def run(command: str, root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run(
        [*COMMAND, command, "--root", str(root), *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )


def refused(command: str, root: Path, *options: str) -> str:
    """What a command says that fails, in one clear line."""
    done = run(command, root, *options)
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert done.stderr.startswith("batchspec emulator: ")
    assert "Traceback" not in done.stderr
    return done.stderr


@contextmanager
def serving(root: Path, **how: Any) -> Iterator[Emulator]:
    """An emulator whose process is started as the test says."""
    command = [*COMMAND, "serve", "--root", str(root), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **{"cwd": REPOSITORY, **how})
    try:
        assert process.stdout is not None
        yield Emulator(root, process, json.loads(process.stdout.readline()))
    finally:
        end(process)


def prepare(batch: BatchServiceClient, name: str = "j", nodes: int = 1) -> None:
    """A job, and a pool of the same name for it."""
    batch.pool.add(pool_spec(name, target_dedicated_nodes=nodes))
    batch.job.add(job_spec(name, name))


def exit_code(emulator: Emulator, command: str) -> int | None:
    """What a task ended with, in a job of its own."""
    name = f"j{time.monotonic_ns()}"
    with emulator.batch() as batch:
        prepare(batch, name)
        batch.task.add(name, task_spec("t", command))
        until(lambda: batch.task.get(name, "t").state == "completed")
        code: int | None = batch.task.get(name, "t").execution_info.exit_code
        return code


def children(pid: int) -> list[int]:
    """The processes whose parent this is, zombies too (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
