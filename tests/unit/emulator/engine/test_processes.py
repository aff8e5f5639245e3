"""Real processes: environment, directories, ends."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.clock import Clock
from batchspec.emulator.engine.processes import Process, Processes
from tests.unit.emulator.engine.conftest import JOB, POOL, output, run_job, run_task, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start

HOST = {"PATH": os.environ["PATH"], "LC_ALL": "C", "SSL_CERT_FILE": "/certs", "AWS_SECRET": "hidden", "HOME": "/root"}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_task_sees_the_services_variables_its_settings_and_none_of_the_callers_secrets(start: Start) -> None:
    async def main() -> None:
        async with start(host=HOST, account_url="http://127.0.0.1:1") as engine:
            job = {
                "commonEnvironmentSettings": [{"name": "A", "value": "job"}, {"name": "B", "value": "job"}],
                "jobPreparationTask": {"id": "prep", "commandLine": "/usr/bin/env"},
            }
            settings = [{"name": "B", "value": "task"}, {"name": "EMPTY"}]
            ran = await run_job(engine, {"id": "t", "commandLine": "env", "environmentSettings": settings}, job=job)
            task = ran.by_key["t"]
            seen = dict(line.split("=", 1) for line in output(engine, task).splitlines())
            node = engine.node_dir("P", task.node_id or "")
            prepared = (node / "workitems/j/job-1/prep/stdout.txt").read_text()

        root = str(node)
        assert seen == {
            "A": "job", "B": "task", "EMPTY": "",
            "PATH": HOST["PATH"], "LC_ALL": "C", "SSL_CERT_FILE": "/certs",
            "AZ_BATCH_ACCOUNT_NAME": "acct", "AZ_BATCH_ACCOUNT_URL": "http://127.0.0.1:1",
            "AZ_BATCH_POOL_ID": "p", "AZ_BATCH_NODE_ID": task.node_id, "AZ_BATCH_NODE_IS_DEDICATED": "true",
            "AZ_BATCH_NODE_ROOT_DIR": root, "AZ_BATCH_NODE_SHARED_DIR": f"{root}/shared",
            "AZ_BATCH_NODE_STARTUP_DIR": f"{root}/startup", "AZ_BATCH_NODE_STARTUP_WORKING_DIR": f"{root}/startup/wd",
            "AZ_BATCH_NODE_MOUNTS_DIR": f"{root}/fsmounts",
            "AZ_BATCH_JOB_ID": "j", "AZ_BATCH_TASK_ID": "t",
            "AZ_BATCH_JOB_PREP_DIR": f"{root}/workitems/j/job-1/prep",
            "AZ_BATCH_JOB_PREP_WORKING_DIR": f"{root}/workitems/j/job-1/prep/wd",
            "AZ_BATCH_TASK_DIR": f"{root}/workitems/j/job-1/t",
            "AZ_BATCH_TASK_WORKING_DIR": f"{root}/workitems/j/job-1/t/wd", "HOME": f"{root}/workitems/j/job-1/t/wd",
        }  # fmt: skip
        assert "AZ_BATCH_TASK_ID=prep" in prepared
        assert "AZ_BATCH_JOB_PREP_DIR" not in prepared

    asyncio.run(main())


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


def test_a_command_line_is_split_as_by_a_shell_but_not_expanded(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, r"""printf '%s|' "a b" c\ d '$HOME' *""")
            assert output(engine, task) == "a b|c d|$HOME|*|"

    asyncio.run(main())


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


def test_a_retry_finds_what_the_run_before_it_left(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            command = "sh -c 'test -e seen || { touch seen; exit 1; }'"
            task = await run_task(engine, command, constraints={"maxTaskRetryCount": 1})
            assert (task.result, task.retry_count) == ("success", 1)

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


def test_a_program_is_looked_for_in_the_path_of_its_task_and_nowhere_else(start: Start, tmp_path: Path) -> None:
    async def main() -> None:
        async with start() as engine:
            (tmp_path / "bin").mkdir()
            (tmp_path / "bin/tool").write_text("#!/bin/sh\npwd\n")
            (tmp_path / "bin/tool").chmod(0o700)
            path = [{"name": "PATH", "value": f"/nowhere:{tmp_path}/bin:/bin"}]
            bare = {"id": "bare", "commandLine": "tool"}  # stands in its working directory, too
            made = await run_job(engine, {"id": "t", "commandLine": "tool", "environmentSettings": path}, bare)
            task, other = made.by_key["t"], made.by_key["bare"]
            directory = engine.task_dir(task)
            assert output(engine, task) == f"{directory}/wd\n"
            assert other.failure is not None
            assert other.failure.code == "CommandProgramNotFound"
            wd = engine.task_dir(other)
            assert wd is not None
            (wd / "wd/tool").write_text("#!/bin/sh\n")
            (wd / "wd/tool").chmod(0o700)
            engine.reactivate_task("j", "bare")
            await until(lambda: not engine.busy)
            assert other.failure is not None
            assert other.failure.code == "CommandProgramNotFound"

    asyncio.run(main())


def test_a_program_that_may_not_be_run_is_not_told_as_one_that_is_missing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o600)

    async def main() -> None:
        async with start() as engine:
            path = [{"name": "PATH", "value": f"/nowhere:{tmp_path}"}]
            task = await run_task(engine, "tool", environmentSettings=path)
            assert task.failure is not None
            assert task.failure.code == "CommandLaunchFailed"
            assert ("Message", os.strerror(errno.EACCES)) in task.failure.details

    asyncio.run(main())


@pytest.mark.parametrize("gone", ["", "/wd"])
def test_a_working_directory_that_is_gone_is_told_as_such(
    start: Start, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn = Processes.spawn

    def without(self: Processes, argv: list[str], directory: str, *rest: Any) -> Process:
        shutil.rmtree(f"{directory}{gone}")
        return spawn(self, argv, directory, *rest)

    async def main() -> None:
        async with start() as engine:
            monkeypatch.setattr(Processes, "spawn", without)
            task = await run_task(engine, "true")
            assert task.failure is not None
            assert task.failure.code == "CommandLaunchFailed"
            (said,) = [text for name, text in task.failure.details if name == "Message"]
            assert re.fullmatch("there is no directory /.*/wd", said)

    asyncio.run(main())


@pytest.mark.parametrize("command", ["true", "no-such-program", "./no-such-program"])
def test_the_service_stays_where_it_is(start: Start, command: str) -> None:
    before = os.getcwd()  # noqa: PTH109 - what a chdir would change

    async def main() -> None:
        async with start() as engine:
            await run_task(engine, command)

    asyncio.run(main())
    assert os.getcwd() == before  # noqa: PTH109 - as above


def test_a_variable_without_a_proper_name_fails_the_task(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, "env", environmentSettings=[{"name": "A=B", "value": "c"}])
            assert task.failure is not None
            assert task.failure.code == "CommandLaunchFailed"

    asyncio.run(main())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_a_task_ignores_no_signal_that_we_ignore(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, "grep SigIgn /proc/self/status")
            ignored = int(output(engine, task).split()[1], 16)
            assert ignored % (1 << 31) == 0  # 32 and 33 are the C library's own

    asyncio.run(main())
