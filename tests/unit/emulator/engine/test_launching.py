"""How a task is launched: its command line, its variables, its program and where it stands."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.engine.processes import Process, Processes
from tests.unit.emulator.engine.conftest import output, run_job, run_task, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start


HOST = {"PATH": os.environ["PATH"], "LC_ALL": "C", "SSL_CERT_FILE": "/certs", "AWS_SECRET": "hidden", "HOME": "/root"}
Body = dict[str, Any]


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


UNFIT: dict[str, tuple[Body, Body]] = {  # what the job and the task say
    "a name that is none": ({}, {"environmentSettings": [{"name": "A=B", "value": "c"}]}),
    "a value that cannot be written": ({"commonEnvironmentSettings": [{"name": "A", "value": "\ud800"}]}, {}),
}


@pytest.mark.parametrize(("job", "task"), UNFIT.values(), ids=UNFIT)
def test_a_variable_that_no_process_can_have_fails_the_task(start: Start, job: Body, task: Body) -> None:
    async def main() -> None:
        async with start() as engine:
            ran = await run_job(engine, {"id": "t", "commandLine": "true", **task}, job=job)
            failure = ran.by_key["t"].failure
            assert failure is not None
            assert failure.code == "CommandLaunchFailed"

    asyncio.run(main())


def test_a_command_line_is_split_as_by_a_shell_but_not_expanded(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            task = await run_task(engine, r"""printf '%s|' "a b" c\ d '$HOME' *""")
            assert output(engine, task) == "a b|c d|$HOME|*|"

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
