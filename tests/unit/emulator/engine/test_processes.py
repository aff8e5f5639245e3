"""Real processes: how they end, and what goes with them."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unit.emulator.engine.conftest import alive, output, run_job, run_task, until

if TYPE_CHECKING:
    from tests.unit.emulator.engine.conftest import Start


@pytest.mark.parametrize(
    ("command", "code", "failure"),
    [
        ("true", 0, None),
        ("sh -c 'exit 7'", 7, "FailureExitCode"),
        ("sh -c 'kill -KILL $$'", 137, "FailureExitCode"),
        ("no-such-program", None, "CommandProgramNotFound"),
        ("/", None, "CommandLaunchFailed"),
        ("'open", None, "CommandLaunchFailed"),
        ("", None, "CommandProgramNotFound"),
    ],
)
def test_ends_are_reported_as_the_service_does(
    start: Start, command: str, code: int | None, failure: str | None
) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, command)
            assert (task.exit_code, task.failure and task.failure.code) == (code, failure)

    asyncio.run(main())


def test_what_a_task_leaves_behind_ends_with_it(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, "sh -c 'sleep 100 & echo $!'")
            pid = int(output(engine, task))
            await until(lambda: not alive(pid))

    asyncio.run(main())


def test_a_time_limit_ends_the_whole_group_even_when_it_ignores_the_signal(start: Start) -> None:
    async def main() -> None:
        async with start(grace=0.1) as engine:
            command = """sh -c "trap '' TERM; sh -c 'sleep 100' & echo $!; wait" """
            task = await run_task(engine, command, constraints={"maxWallClockTime": "PT0.3S"})
            assert (task.exit_code, task.failure and task.failure.code) == (137, "TaskEnded")
            pid = int(output(engine, task))
            await until(lambda: not alive(pid))

    asyncio.run(main())


def test_a_process_that_has_another_user_runs_on_and_breaks_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    async def main() -> None:
        async with start(grace=0.05) as engine:
            monkeypatch.setattr(os, "killpg", refused)
            # told to end at 0.1 s, in vain; it ends by itself
            task = await run_task(engine, "sleep 0.4", constraints={"maxWallClockTime": "PT0.1S"})
            assert (task.exit_code, task.failure and task.failure.code) == (0, "TaskEnded")
            assert engine.fault is None

    asyncio.run(main())
    assert "SIGTERM has no effect" in caplog.text
    assert "SIGKILL has no effect" in caplog.text


def test_a_stop_leaves_nothing_not_even_what_left_its_session(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, "sh -c 'setsid sleep 100 & echo $!'")
            pid = int(output(engine, task))
            assert alive(pid)
        await until(lambda: not alive(pid))

    asyncio.run(main())


def test_preparation_runs_before_and_release_after_the_tasks_of_a_node(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            log = "sh -c 'echo $AZ_BATCH_TASK_ID >> $AZ_BATCH_NODE_SHARED_DIR/log'"
            part = {"commandLine": log}
            job = await run_job(
                engine, {"id": "t", "commandLine": log},
                job={"jobPreparationTask": part, "jobReleaseTask": part},
            )  # fmt: skip
            engine.terminate_job("j")
            await until(lambda: job.state == "completed")
            (node,) = job.preparations
            assert (engine.node_dir("p", node) / "shared/log").read_text().split() == [
                "jobpreparation", "t", "jobrelease",
            ]  # fmt: skip

    asyncio.run(main())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_a_task_ignores_no_signal_that_we_ignore(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, "grep SigIgn /proc/self/status")
            ignored = int(output(engine, task).split()[1], 16)
            assert ignored % (1 << 31) == 0  # 32 and 33 are the C library's own

    asyncio.run(main())
