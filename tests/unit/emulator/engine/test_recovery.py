"""What survives: a stop, and a kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from batchspec.emulator.engine.engine import Engine
from tests.unit.emulator.engine.conftest import JOB, POOL, alive, output, run_job, until
from tests.unit.emulator.engine.workload import recounted, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start

# Runs for ever the first time, with a child that has left its group, and ends well the second time.
ONCE = "sh -c 'test -e pids && exit; setsid sleep 100 & echo $$ $! > new; mv new pids; sleep 100'"
VICTIM = f"""
import asyncio, sys
from pathlib import Path
from batchspec.emulator.engine.engine import Engine
from tests.unit.emulator.engine.conftest import JOB, POOL

async def main():
    engine = Engine(Path(sys.argv[1]), "acct")
    await engine.start()
    engine.add_pool(POOL)
    engine.add_job(JOB | {{"onAllTasksComplete": "noaction"}})
    after = {{"dependsOn": {{"taskIds": ["once", "quick"]}}}}
    bodies = [{{"id": "quick", "commandLine": "true"}}, {{"id": "once", "commandLine": {ONCE!r}}}]
    engine.add_tasks("j", [*bodies, {{"id": "last", "commandLine": "true", **after}}])
    while engine.task("j", "quick").state != "completed":
        await asyncio.sleep(0.01)
    wd = engine.node_dir("p", engine.task("j", "once").node_id) / "workitems/j/job-1/once/wd"
    while not (wd / "pids").exists():
        await asyncio.sleep(0.01)
    print((wd / "pids").read_text(), flush=True)
    await asyncio.sleep(100)

asyncio.run(main())
"""


def test_after_a_kill_what_was_acknowledged_is_there_and_what_ran_runs_again(start: Start, tmp_path: Path) -> None:
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(tmp_path / "state")], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    with victim.stdout:
        pids = [int(pid) for pid in victim.stdout.readline().split()]
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    assert len(pids) == 2
    assert all(map(alive, pids))

    async def main() -> None:
        async with start() as engine:
            await until(lambda: not any(map(alive, pids)))
            job = engine.job("j")
            assert job is not None
            quick, once, last = job.tasks
            assert (quick.state, quick.requeue_count) == ("completed", 0)

            await until(lambda: not engine.busy)

            assert (once.result, once.requeue_count, last.result) == ("success", 1, "success")
            assert (values(job.counts), values(job.slot_counts)) == recounted(job)
            assert list(engine.pools["p"].nodes) == [once.node_id]

    asyncio.run(main())


def test_a_stop_ends_what_runs_and_the_next_start_goes_on(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL | {"startTask": {"commandLine": "true"}})
            engine.add_job(JOB | {"priority": 3, "metadata": [{"name": "a", "value": "b"}]})
            engine.add_tasks("j", [{"id": "once", "commandLine": ONCE}])
            task = engine.task("j", "once")
            assert task is not None
            await until(lambda: (where := engine.task_dir(task)) is not None and (where / "wd/pids").exists())
            where = engine.task_dir(task)
            assert where is not None
            leader = int((where / "wd/pids").read_text().split()[0])
        assert not alive(leader)

        async with start() as engine:
            job = engine.job("j")
            assert job is not None
            assert (job.priority, job.body["metadata"]) == (3, [{"name": "a", "value": "b"}])
            await until(lambda: not engine.busy)
            assert [(task.result, task.requeue_count) for task in job.tasks] == [("success", 1)]

    asyncio.run(main())


def test_every_field_of_a_finished_job_comes_back(start: Start) -> None:
    def seen(engine: Engine) -> list[object]:
        job = engine.job("j")
        assert job is not None
        names = [name for name in type(next(iter(job.tasks))).__slots__ if name not in ("job", "waiting")]
        fields = [[getattr(task, name) for name in names] for task in job.tasks]
        executions = [(node, execution.result) for node, execution in (job.preparations | job.releases).items()]
        state = (job.state, job.terminate_reason, job.end_time, job.created, job.previous_state)
        return [fields, executions, state, values(job.counts), values(job.slot_counts)]

    async def main() -> None:
        async with start() as engine:
            part = {"commandLine": "true"}
            job = await run_job(
                engine,
                {"id": "good", "commandLine": "true", "requiredSlots": 2},
                {"id": "bad", "commandLine": "false", "constraints": {"maxTaskRetryCount": 1}},
                {
                    "id": "lost",
                    "commandLine": "nothing",
                    "exitConditions": {"default": {"dependencyAction": "satisfy"}},
                },
                {"id": "never", "commandLine": "true", "dependsOn": {"taskIds": ["bad"]}},
                job={"jobPreparationTask": part, "jobReleaseTask": part},
            )
            engine.terminate_job("j", "enough")
            await until(lambda: job.state == "completed")
            before = seen(engine)
        async with start() as engine:
            assert seen(engine) == before

    asyncio.run(main())


def test_a_job_that_was_ending_ends_after_a_restart(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            engine.add_job(JOB)
            engine.add_tasks("j", [{"id": "t", "commandLine": "sleep 100"}])
            engine.terminate_job("j", "enough")
        async with start() as engine:
            job = engine.job("j")
            assert job is not None
            assert (job.state, job.terminate_reason) == ("completed", "enough")
            assert job.counts.failed == 1
            assert not engine.busy

    asyncio.run(main())


def test_deleted_things_stay_deleted(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            await run_job(engine, {"id": "t", "commandLine": "true"}, {"id": "u", "commandLine": "true"})
            engine.delete_task("j", "t")
            engine.add_job(JOB | {"id": "other"})
            engine.delete_job("other")
        async with start() as engine:
            job = engine.job("j")
            assert job is not None
            assert [task.id for task in job.tasks] == ["u"]
            assert list(engine.jobs) == ["j"]
            engine.delete_pool("p")
            await until(lambda: engine.pool("p") is None)
        async with start() as engine:
            assert not engine.pools
            assert not (engine.node_dir("p", "n").parent).exists() or not any(
                engine.node_dir("p", "n").parent.iterdir()
            )

    asyncio.run(main())


def test_directories_of_a_node_are_kept_over_a_restart(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            await run_job(engine, {"id": "t", "commandLine": "echo kept"})
        async with start() as engine:
            task = engine.task("j", "t")
            assert task is not None
            assert output(engine, task) == "kept\n"

    asyncio.run(main())


def test_what_a_stop_left_in_the_trash_is_removed_at_the_next_start(start: Start, tmp_path: Path) -> None:
    trash = tmp_path / "state/trash"
    (trash / "1-1/wd").mkdir(parents=True)

    async def main() -> None:
        async with start() as engine:
            await until(lambda: not engine.busy)
            assert list(trash.iterdir()) == []

    asyncio.run(main())
