"""The directories of nodes and tasks: what is in them, who may look, and when they go."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING

from batchspec.emulator.clock import Clock
from tests.unit.emulator.engine.conftest import JOB, POOL, alive, output, run_task, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start


def test_a_node_has_the_directories_of_batch_and_nobody_else_may_look(start: Start, tmp_path: Path) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL | {"startTask": {"commandLine": "sh -c 'echo hello > $AZ_BATCH_NODE_SHARED_DIR/x'"}})
            await until(lambda: not engine.busy)
            (node,) = engine.pools["p"].nodes.values()
            root = engine.node_dir("p", node.id)

        names = {path.relative_to(root).as_posix() for path in root.rglob("*")}
        assert names == {
            "applications", "fsmounts", "shared", "shared/x", "volatile", "workitems",
            "startup", "startup/wd", "startup/stdout.txt", "startup/stderr.txt",
        }  # fmt: skip
        for path in (tmp_path / "state").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path

    asyncio.run(main())


def test_a_retry_finds_what_the_run_before_it_left(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            command = "sh -c 'test -e seen || { touch seen; exit 1; }'"
            task = await run_task(engine, command, constraints={"maxTaskRetryCount": 1})
            assert (task.result, task.retry_count) == ("success", 1)

    asyncio.run(main())


def test_deleting_a_job_removes_its_files_and_terminating_a_task_ends_its_process(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            engine.add_job(JOB)
            engine.add_tasks("j", [{"id": "t", "commandLine": "sh -c 'echo $$; exec sleep 100'"}])
            task = engine.task("J", "T")
            assert task is not None
            await until(lambda: engine.task_dir(task) is not None and output(engine, task).endswith("\n"))
            pid, directory = int(output(engine, task)), engine.task_dir(task)

            engine.terminate_task("j", "t")
            assert task.state == "completed"
            await until(lambda: not alive(pid))

            engine.delete_job("j")
            await until(lambda: engine.job("j") is None)
            assert directory is not None
            assert not directory.exists()
            assert engine.task_dir(task) is None

    asyncio.run(main())


def test_directories_go_after_their_retention_time(start: Start) -> None:
    async def main() -> None:
        now = 1e9
        async with start(clock=Clock(source=lambda: now)) as engine:
            task = await run_task(engine, "true", constraints={"retentionTime": "PT1H"})
            assert engine.task_dir(task) is not None
        now += 3600.0
        async with start(clock=Clock(source=lambda: now)) as engine:
            found = engine.task("j", "t")
            assert found is not None
            assert found.state == "completed"
            assert engine.task_dir(found) is None

    asyncio.run(main())


def test_a_directory_that_cannot_be_made_fails_the_task_and_not_the_engine(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            (node,) = engine.pools["p"].nodes.values()
            workitems = engine.node_dir("p", node.id) / "workitems"
            workitems.rmdir()
            workitems.write_text("")
            task = await run_task(engine, "true")
            assert task.failure is not None
            assert task.failure.code == "ResourceDirectoryCreateFailed"

    asyncio.run(main())
