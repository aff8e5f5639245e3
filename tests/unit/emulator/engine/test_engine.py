from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from batchspec.emulator.clock import Clock
from batchspec.emulator.engine.engine import Engine, Refusal, Refused
from batchspec.emulator.engine.records import Task
from tests.unit.emulator.engine.conftest import JOB, POOL, run_job, run_task, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.emulator.engine.conftest import Start

SLOW = {"id": "slow", "commandLine": "sleep 100"}


def versions(engine: Engine) -> list[tuple[str, int]]:
    pools = [(pool.id, pool.version) for pool in engine.pools.values()]
    return pools + [(job.id, job.version) for job in engine.jobs.values()]


def _with_ended_job(engine: Engine) -> None:
    engine.add_job(JOB | {"id": "ended"})
    engine.terminate_job("ended")


REFUSALS: dict[str, tuple[str, Callable[[Engine], Any]]] = {
    "pool again": ("PoolExists", lambda e: e.add_pool(POOL | {"id": "P"})),
    "pool missing": ("PoolNotFound", lambda e: e.resize_pool("none", 1, None)),
    "pool update missing": ("PoolNotFound", lambda e: e.update_pool("none", {})),
    "pool steady": ("OperationInvalidForCurrentState", lambda e: e.stop_resize("p")),
    "node missing": ("NodeNotFound", lambda e: e.remove_nodes("p", ["none"])),
    "reboot missing": ("NodeNotFound", lambda e: e.reboot_node("p", "none")),
    "job again": ("JobExists", lambda e: e.add_job(JOB | {"id": "J"})),
    "job missing": ("JobNotFound", lambda e: e.add_tasks("none", [])),
    "job not disabled": ("OperationInvalidForCurrentState", lambda e: e.enable_job("j")),
    "job keeps its pool": (
        "OperationInvalidForCurrentState",
        lambda e: e.update_job("j", {"poolInfo": {"poolId": "other"}}),
    ),
    "job ended": ("JobCompleted", lambda e: e.add_tasks("ended", [])),
    "job ended twice": ("JobCompleted", lambda e: e.terminate_job("ended")),
    "job of a task": ("JobNotFound", lambda e: e.delete_task("none", "slow")),
    "task missing": ("TaskNotFound", lambda e: e.terminate_task("j", "none")),
    "task running": ("TaskNotCompleted", lambda e: e.reactivate_task("j", "slow")),
}


@pytest.mark.parametrize(("code", "request_"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_the_state_does_not_allow_is_refused_and_changes_nothing(
    start: Start, code: str, request_: Callable[[Engine], Any]
) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_pool(POOL)
            engine.add_job(JOB)
            engine.add_tasks("j", [SLOW])
            _with_ended_job(engine)
            before = versions(engine)

            with pytest.raises(Refused) as refused:
                request_(engine)

            assert refused.value.code == code
            assert versions(engine) == before

    asyncio.run(main())


def test_of_a_collection_only_what_is_wrong_is_refused(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_job(JOB | {"jobPreparationTask": {"commandLine": "x"}, "jobReleaseTask": {"commandLine": "x"}})
            long, wide = ["a" * 64] * 1001, [{"start": 1, "end": 10_000_000}]
            bodies: list[dict[str, Any]] = [
                {"id": "ok", "commandLine": "x"},
                {"id": "OK", "commandLine": "x"},
                {"id": "JobPreparation", "commandLine": "x"},
                {"id": "jobrelease", "commandLine": "x"},
                {"id": "long", "commandLine": "x", "dependsOn": {"taskIds": long}},
                {"id": "wide", "commandLine": "x", "dependsOn": {"taskIdRanges": wide}},
                {"id": "fine", "commandLine": "x", "dependsOn": {"taskIds": ["ok"]}},
            ]

            results = engine.add_tasks("j", bodies)

            assert [result.code if isinstance(result, Refusal) else result.id for result in results] == [
                "ok", "TaskExists", "TaskIdSameAsJobPreparationTask", "TaskIdSameAsJobReleaseTask",
                "TaskDependencyListTooLong", "TaskDependencyRangesTooLong", "fine",
            ]  # fmt: skip

            engine.add_job(JOB | {"id": "plain", "usesTaskDependencies": False})
            (refusal,) = engine.add_tasks("plain", [{"id": "t", "commandLine": "x", "dependsOn": {"taskIds": ["a"]}}])
            assert refusal == Refusal("t", "TaskDependenciesNotSpecifiedOnJob")

    asyncio.run(main())


def test_bodies_come_back_as_submitted_in_the_order_asked(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            engine.add_job(JOB)
            bodies = [{"id": f"t{n}", "commandLine": f"echo {n}", "displayName": "é"} for n in range(1200)]
            added = [task for task in engine.add_tasks("j", bodies) if isinstance(task, Task)]

            assert list(engine.task_bodies(reversed(added))) == bodies[::-1]

            engine.update_task("j", "t3", {"maxTaskRetryCount": 4})
            (body,) = engine.task_bodies([added[3]])
            assert (body["constraints"], added[3].max_retries) == ({"maxTaskRetryCount": 4}, 4)

    asyncio.run(main())


def test_changes_are_found_by_time_and_the_engine_says_when_it_is_idle(start: Start) -> None:
    async def main() -> None:
        now = 100.0
        async with start(clock=Clock(source=lambda: now)) as engine:
            engine.add_pool(POOL)
            job = engine.add_job(JOB)
            engine.add_tasks("j", [{"id": "a", "commandLine": "true"}])
            assert (engine.busy, engine.idle_since) == (True, None)
            await until(lambda: not engine.busy)
            assert engine.idle_since == 100.0

            now = 200.0
            engine.add_tasks("j", [{"id": "b", "commandLine": "true"}])
            await until(lambda: not engine.busy)

            assert [task.id for task in engine.changed_since(job, 100.0)] == ["a", "b"]
            assert [task.id for task in engine.changed_since(job, 100.1)] == ["b"]
            assert engine.counts(job)[0].succeeded == 2

    asyncio.run(main())


def test_tasks_that_can_never_run_do_not_keep_the_engine_busy(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            after_failure = {"id": "b", "commandLine": "true", "dependsOn": {"taskIds": ["a"]}}
            job = await run_job(engine, {"id": "a", "commandLine": "false"}, after_failure)
            assert (job.counts.active, job.counts.failed) == (1, 1)

    asyncio.run(main())


def test_versions_grow_with_every_change(start: Start) -> None:
    async def main() -> None:
        async with start() as engine:
            pool = engine.add_pool(POOL)
            seen = [pool.version]
            engine.update_pool("p", {"metadata": [{"name": "a", "value": "b"}]})
            seen.append(pool.version)
            engine.resize_pool("p", 2, None)
            seen.append(pool.version)
            assert seen == sorted(set(seen))
            assert pool.body["metadata"] == [{"name": "a", "value": "b"}]

            engine.update_pool("p", {"metadata": None})
            assert "metadata" not in pool.body

    asyncio.run(main())


def test_an_unexpected_exception_stops_the_engine_loudly(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[BaseException] = []

    async def main() -> None:
        async with start(on_fault=reported.append) as engine:
            monkeypatch.setattr("batchspec.emulator.engine.tasks.complete", None)
            await run_task(engine, "true")

    with pytest.raises(TypeError) as raised:
        asyncio.run(main())

    assert reported == [raised.value]


def test_a_store_of_another_version_is_refused(start: Start, tmp_path: Any) -> None:
    async def main() -> None:
        async with start():
            pass
        with sqlite3.connect(tmp_path / "state/state.db") as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
        engine = Engine(tmp_path / "state", "acct")
        with pytest.raises(Exception, match="format 99"):
            await engine.start()
        await engine.stop()

    asyncio.run(main())
