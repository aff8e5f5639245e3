"""Job schedules and job managers under a whole engine: what is durable, what is on disk, what time does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.clock import Clock
from batchspec.emulator.engine.engine import Engine, Refused
from tests.unit.emulator.engine.conftest import POOL, output, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.emulator.engine.conftest import Start

MANAGER: dict[str, Any] = {"id": "m", "commandLine": "sh -c 'echo $AZ_BATCH_JOB_ID; pwd'"}
BODY: dict[str, Any] = {
    "id": "s",
    "schedule": {"recurrenceInterval": "PT1H"},
    "jobSpecification": {"poolInfo": {"poolId": "p"}, "jobManagerTask": MANAGER},
    "metadata": [{"name": "a", "value": "b"}],
}
ENDLESS = BODY | {"jobSpecification": {"poolInfo": {"poolId": "p"}, "jobManagerTask": MANAGER | {
    "commandLine": "sleep 1000"}}}  # fmt: skip

REFUSALS: dict[str, tuple[str, Callable[[Engine], Any]]] = {
    "again": ("JobScheduleExists", lambda e: e.timetable.add(BODY | {"id": "S"})),
    "as a job": ("JobWithSameIdExists", lambda e: e.timetable.add(BODY | {"id": "J"})),
    "a job as it": ("JobScheduleWithSameIdExists", lambda e: e.add_job({"id": "S", "poolInfo": {"poolId": "p"}})),
    "missing": ("JobScheduleNotFound", lambda e: e.timetable.delete("none")),
    "change of a missing one": ("JobScheduleNotFound", lambda e: e.timetable.update("none", {})),
    "change of a completed one": ("JobScheduleCompleted", lambda e: e.timetable.update("over", {})),
    "end of a completed one": ("JobScheduleCompleted", lambda e: e.timetable.terminate("over")),
}


@pytest.mark.parametrize(("code", "request_"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_the_state_does_not_allow_is_refused(start: Start, code: str, request_: Callable[[Engine], Any]) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_job({"id": "j", "poolInfo": {"poolId": "p"}})
            engine.timetable.add(BODY)
            engine.timetable.add(BODY | {"id": "over"})
            engine.timetable.terminate("over")

            with pytest.raises(Refused) as refused:
                request_(engine)

            assert refused.value.code == code

    asyncio.run(main())


def seen(engine: Engine) -> list[object]:
    schedule = engine.timetable.schedules["s"]
    names = [name for name in type(schedule).__slots__ if name != "jobs"]
    jobs = [(job.id, job.number, job.state, job.terminate_reason, job.body) for job in schedule.jobs.values()]
    return [[getattr(schedule, name) for name in names], jobs]


def test_every_field_of_a_schedule_comes_back_and_its_jobs_are_its_own(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            engine.timetable.add(BODY)
            await until(lambda: engine.jobs["s:job-1"].state == "completed")
            engine.clock.advance(3600)
            await until(lambda: engine.jobs["s:job-2"].state == "completed")
            engine.timetable.disable("s")
            before = seen(engine)

        async with start() as engine:
            assert seen(engine) == before
            assert all(job.manager is job.by_key["m"] for job in engine.jobs.values())

            engine.timetable.delete("s")
            await until(lambda: not engine.jobs)
            assert not engine.timetable.schedules

        async with start() as engine:
            assert (len(engine.jobs), len(engine.timetable.schedules)) == (0, 0)

    asyncio.run(main())


def test_jobs_of_a_schedule_have_directories_of_their_own_below_it(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            engine.timetable.add(BODY)
            await until(lambda: engine.jobs["s:job-1"].state == "completed")
            engine.clock.advance(3600)
            await until(lambda: engine.jobs["s:job-2"].state == "completed")
            first, second = (engine.jobs[f"s:job-{n}"].by_key["m"] for n in (1, 2))
            where = engine.task_dir(second)
            assert where is not None
            assert first.node_id is not None
            assert where == engine.node_dir("p", first.node_id) / "workitems/s/job-2/m"
            assert output(engine, second) == f"s:job-2\n{where}/wd\n"

            engine.delete_job("s:job-1")
            await until(lambda: "s:job-1" not in engine.jobs)

            assert engine.task_dir(first) is None
            assert engine.task_dir(second) == where

    asyncio.run(main())


def test_what_fell_due_while_nothing_ran_is_made_up_for_once(start: Start) -> None:
    now = 1e9

    async def main() -> None:
        nonlocal now
        async with start(clock=Clock(source=lambda: now)) as engine:
            engine.timetable.add(BODY)
            engine.terminate_job("s:job-1")

        now += 10 * 3600 + 60
        async with start(clock=Clock(source=lambda: now)) as engine:
            schedule = engine.timetable.schedules["s"]
            assert (list(schedule.jobs), schedule.next_run) == (["s:job-1", "s:job-2"], 1e9 + 11 * 3600)
            assert [job.created for job in schedule.jobs.values()] == [1e9, now]

    asyncio.run(main())


VICTIM = f"""
import asyncio, sys
from pathlib import Path
from batchspec.emulator.engine.engine import Engine
from tests.unit.emulator.engine.conftest import POOL

async def main():
    engine = Engine(Path(sys.argv[1]), "acct")
    await engine.start()
    engine.add_pool(POOL)
    engine.timetable.add({ENDLESS!r})
    while engine.jobs["s:job-1"].by_key["m"].state != "running":
        await asyncio.sleep(0.01)
    print("running", flush=True)
    await asyncio.sleep(100)

asyncio.run(main())
"""


def test_after_a_kill_a_schedule_its_job_and_its_manager_go_on(start: Start, tmp_path: Path) -> None:
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(tmp_path / "state")], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    with victim.stdout:
        assert victim.stdout.readline() == "running\n"
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()

    async def main() -> None:
        async with start() as engine:
            job = engine.jobs["s:job-1"]
            manager = job.by_key["m"]
            await until(lambda: manager.state == "running")
            assert (manager.requeue_count, list(engine.jobs)) == (1, ["s:job-1"])

            engine.terminate_task("s:job-1", "m")

            assert job.terminate_reason == "JMComplete"

    asyncio.run(main())


@pytest.mark.parametrize("rate", [1.0, 3600.0])
def test_a_time_limit_follows_the_clock(start: Start, rate: float) -> None:
    """PT1H is a second of real time at a rate of 3600; at the rate of 1 a jump makes it pass."""

    async def main() -> None:
        async with start(clock=Clock(rate)) as engine:
            engine.add_pool(POOL)
            engine.add_job({"id": "j", "poolInfo": {"poolId": "p"}})
            limit = {"constraints": {"maxWallClockTime": "PT1H"}}
            engine.add_tasks("j", [{"id": "t", "commandLine": "sleep 1000", **limit}])
            task = engine.jobs["j"].by_key["t"]
            await until(lambda: task.start_time is not None)
            if rate == 1.0:
                engine.clock.advance(3600)
            await until(lambda: task.state == "completed")

            assert task.failure is not None
            assert task.failure.code == "TaskEnded"
            assert task.end_time is not None
            assert task.start_time is not None
            assert task.end_time - task.start_time >= 3600

    asyncio.run(main())


def test_directories_go_after_their_retention_time_by_the_clock(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            engine.add_job({"id": "j", "poolInfo": {"poolId": "p"}})
            engine.add_tasks("j", [{"id": "t", "commandLine": "true", "constraints": {"retentionTime": "P1D"}}])
            task = engine.jobs["j"].by_key["t"]
            await until(lambda: task.state == "completed")
            assert engine.task_dir(task) is not None

            engine.clock.advance(86_400)

            assert engine.task_dir(task) is None

    asyncio.run(main())
