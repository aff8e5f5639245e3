"""Pools, jobs and tasks for tests of the scheduler, made without the engine around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchspec.emulator.engine import bodies
from batchspec.emulator.engine.records import Job, Pool, Schedule, Task, first_version, key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchspec.emulator.engine.records import Counts
    from batchspec.emulator.engine.simulate import Simulation


def add_pool(simulation: Simulation, nodes: int = 1, slots: int = 1, pool_id: str = "p", **body: Any) -> Pool:
    now = simulation.now
    pool = Pool(1, pool_id, {"id": pool_id, "taskSlotsPerNode": slots, **body}, now, now, 1)
    bodies.read_pool(pool)
    pool.target_dedicated = nodes
    simulation.scheduler.add_pool(now, pool)
    return pool


def add_job(simulation: Simulation, job_id: str = "j", **body: Any) -> Job:
    now = simulation.now
    number = len(simulation.scheduler.jobs) + 1
    full = {"id": job_id, "poolInfo": {"poolId": "p"}, "usesTaskDependencies": True, **body}
    job = Job(number, job_id, full, "", now, now, 1, state_time=now)
    bodies.read_job(job)
    simulation.scheduler.add_job(now, job)
    return job


def add_tasks(simulation: Simulation, job: Job, tasks: Iterable[dict[str, Any]]) -> list[Task]:
    now = simulation.now
    added: list[tuple[Task, dict[str, Any]]] = []
    for body in tasks:
        number = job.number * 1_000_000 + len(job.by_key) + len(added)
        task = Task(number, body["id"], job, now, 1, state_time=now, modified=now)
        bodies.read_task(task, body)
        added.append((task, body))
    simulation.scheduler.add_tasks(now, added)
    return [task for task, _ in added]


def add_schedule(simulation: Simulation, schedule_id: str = "s", job: dict[str, Any] | None = None,
                 **times: str) -> Schedule:  # fmt: skip
    """`times` are the members of its `schedule`; its jobs have a manager unless `job` says otherwise."""
    now = simulation.now
    manager = {"jobManagerTask": {"id": "m", "commandLine": "x"}}
    specification = {"poolInfo": {"poolId": "p"}, **(manager if job is None else job)}
    body = {"id": schedule_id, "schedule": times, "jobSpecification": specification}
    number = simulation.scheduler.serial()
    schedule = Schedule(number, schedule_id, body, now, now, first_version(now), state_time=now)
    bodies.read_schedule(schedule)
    simulation.scheduler.add_schedule(now, schedule)
    return schedule


def after(*ids: str, **body: Any) -> dict[str, Any]:
    return {"dependsOn": {"taskIds": list(ids)}, **body}


def names(simulation: Simulation) -> list[str]:
    """What was started, in order: the task's id, or the kind of run."""
    return [run.task.id if run.task else run.kind for run in simulation.started]


def recounted(job: Job) -> tuple[list[int], list[int]]:
    """Counts of tasks and of slots, by looking at every task."""
    tasks, slots = [0] * 5, [0] * 5
    for task in job.tasks:
        places = {"active": [0], "preparing": [1], "running": [1], "completed": [2]}[task.state]
        if task.state == "completed":
            places = [2, 3 if task.result == "success" else 4]
        for place in places:
            tasks[place] += 1
            slots[place] += task.slots
    return tasks, slots


def values(counts: Counts) -> list[int]:
    return [counts.active, counts.running, counts.completed, counts.succeeded, counts.failed]


def task(job: Job, task_id: str) -> Task:
    return job.by_key[key(task_id)]
