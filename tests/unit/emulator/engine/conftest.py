from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.engine.engine import Engine
from tests.unit.emulator.engine.web import Web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from batchspec.emulator.engine.records import Job, Task

    Start = Callable[..., AbstractAsyncContextManager[Engine]]

POOL: dict[str, Any] = {"id": "p", "targetDedicatedNodes": 1, "taskSlotsPerNode": 2}
JOB: dict[str, Any] = {"id": "j", "poolInfo": {"poolId": "p"}, "usesTaskDependencies": True}


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """A context manager that runs an engine on the test's directory, twice for a restart."""

    @asynccontextmanager
    async def run(**options: Any) -> AsyncIterator[Engine]:
        engine = Engine(tmp_path / "state", "acct", **{"grace": 0.5, **options})
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()
            if engine.fault:
                raise engine.fault

    return run


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """For what real processes do; the deadline only keeps a broken test from hanging."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "it never came true"
        await asyncio.sleep(0.01)


async def run_job(engine: Engine, *bodies: dict[str, Any], job: dict[str, Any] | None = None) -> Job:
    """Run tasks in a job of their own on pool `p`, until nothing runs."""
    if engine.pool("p") is None:
        engine.add_pool(POOL)
    added = engine.add_job(JOB | (job or {}))
    engine.add_tasks(added.id, bodies)
    await until(lambda: not engine.busy)
    return added


async def run_task(engine: Engine, command: str, **body: Any) -> Task:
    job = await run_job(engine, {"id": "t", "commandLine": command, **body})
    return job.by_key["t"]


def output(engine: Engine, task: Task, name: str = "stdout.txt") -> str:
    directory = engine.task_dir(task)
    assert directory is not None
    return (directory / name).read_text()


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
