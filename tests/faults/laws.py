"""What must hold between a spec, what is live, and what a command has said, by rules of its own: README and life.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.faults.seen import Job, Seen, number
from tests.faults.wanted import Wanted

CODES = frozenset({0, 2, 3, 4, 5, 130})


@dataclass(frozen=True)
class Told:
    """A plan, as `plan --format json` says it."""

    code: int
    plan: Mapping[str, Any]

    @classmethod
    def of(cls, code: int, output: str) -> Told:
        text = next((line for line in _objects(output)), None)
        assert text is not None, output
        return cls(code, text["plans"][0])

    def __str__(self) -> str:
        made = [f"{one['action']} {one['kind']} {one['id']} {one['ids']} {one['reasons']}" for one in self.changes]
        return f"plan exits with {self.code}: " + ("; ".join([*made, *map(str, self.plan["problems"])]) or "no changes")

    @property
    def changes(self) -> list[Mapping[str, Any]]:
        return [one for one in self.plan["changes"] if one["action"] != "nothing"]

    @property
    def left(self) -> set[tuple[str, str]]:
        return {(one["kind"], one["id"]) for one in self.plan["left"]}

    @property
    def job_id(self) -> str:
        """Of the run that it is about."""
        return next(str(one["id"]) for one in self.plan["changes"] if one["kind"] == "job")

    def action(self, kind: str) -> str:
        return next((str(one["action"]) for one in self.plan["changes"] if one["kind"] == kind), "none")

    def ids(self, action: str) -> set[str]:
        """Of tasks."""
        found = [one for one in self.plan["changes"] if one["kind"] == "tasks" and one["action"] == action]
        return {task_id for one in found for task_id in one["ids"]}


def _objects(output: str) -> Iterator[dict[str, Any]]:
    at = output.find("{")
    while at >= 0:
        found, end = json.JSONDecoder().raw_decode(output, at)
        yield found
        at = output.find("{", end)


def job_action(wanted: Wanted, job: Job | None) -> str:
    """What becomes of the newest run."""
    if job is None:
        return "create"
    content = {
        one for one, task in job.tasks.items() if one in wanted.tasks and not task.is_(wanted.tasks[one], wanted)
    }
    new, gone = wanted.tasks.keys() - job.tasks.keys(), job.tasks.keys() - wanted.tasks.keys()
    waits = any(work.after in wanted.tasks for work in wanted.tasks.values())
    if content or new & job.removed or (job.over and (new or gone)) or (waits and not job.dependencies):
        return "replace"
    if job.over:
        return "delete" if wanted.job_then == "delete" else "nothing"
    differs = (job.priority, job.days, job.pool_id) != (wanted.priority, wanted.days, wanted.pool_id)
    stands = job.drained or job.state in ("disabled", "disabling")
    return "update" if differs or stands or (not job.armed and not new) else "nothing"


def pool_action(wanted: Wanted, seen: Seen, becomes: str) -> str:
    """What becomes of the pool; "" where the rules say too little. becomes: what does of the job."""
    pool = seen.pools.get(wanted.pool_id)
    _, job = seen.run(wanted)
    run = job is not None and job.over and becomes in ("nothing", "delete")
    if pool is None:
        return "none" if run else "create"
    if (run and wanted.pool_then != "keep") or wanted.pool_then != "keep" or pool.formula:
        return ""
    if pool.vm_size != wanted.vm_size:
        return "replace" if pool.nodes else ""
    start = pool.start != (f"echo {wanted.start}" if wanted.start else None)
    if start:
        return "update"
    return "nothing" if pool.nodes == wanted.nodes else "resize"


def check_plan(wanted: Wanted, seen: Seen, told: Told) -> None:
    """A plan names what differs, and nothing else."""
    _, job = seen.run(wanted)
    if told.plan["problems"]:
        return
    becomes = job_action(wanted, job)
    assert told.action("job") == becomes, (becomes, str(told), seen.jobs)
    pool = pool_action(wanted, seen, becomes)
    assert pool in ("", told.action("pool")), (pool, str(told), seen.pools)
    if job is not None and becomes in ("update", "nothing") and not job.over:
        assert told.ids("delete") == job.tasks.keys() - wanted.tasks.keys(), str(told)
        new = wanted.tasks.keys() - job.tasks.keys()
        assert told.ids("create") in (new, set()), str(told)
        assert bool(new) == any(one["kind"] == "tasks" and one["action"] == "create" for one in told.changes), str(told)
    check_left(wanted, seen, told)


def check_left(wanted: Wanted, seen: Seen, told: Told) -> None:
    """What carries the mark and costs is in the spec, or named."""
    pools = {("pool", one) for one in seen.pools if one != wanted.pool_id}
    assert pools <= told.left, (pools, str(told), told.left)


def check_done(before: Seen, after: Seen, wanted: Wanted, told: Told) -> None:
    """An apply has done what the plan before it had said, and nothing else."""
    job_id, job = told.job_id, before.jobs.get(told.job_id)
    now = after.jobs.get(job_id)
    if told.action("job") in ("nothing", "update") and job is not None:
        assert now is None or now.made == job.made, "the job was made anew"
    if told.action("job") == "replace" and job is not None:
        assert now is None or now.made != job.made, "the job is the old one"
    if told.action("job") == "nothing" and job is not None and now is not None and not told.changes:
        assert now == job, "something of the job has changed"
    pool_id = wanted.pool_id
    old, pool = before.pools.get(pool_id), after.pools.get(pool_id)
    if old is not None and pool is not None:
        assert (old.made == pool.made) == (told.action("pool") != "replace"), "the pool was made anew, or not"
        if told.action("pool") == "nothing" and wanted.pool_then == "keep":
            assert old == pool, "something of the pool has changed"
    others = {one: at for one, at in before.pools.items() if one != pool_id}
    assert others == {one: at for one, at in after.pools.items() if one != pool_id}, "another pool was touched"


def check_settled(wanted: Wanted, seen: Seen, job_id: str) -> None:
    """After an apply that has finished all is as the spec says."""
    job, pool = seen.jobs.get(job_id), seen.pools.get(wanted.pool_id)
    if job is None:
        assert wanted.job_then == "delete", "there is no job"
        return
    assert job.over or not job.drained, "the job is noted as paused"  # what is over takes no mark, and needs none
    assert job.state not in ("disabled", "disabling"), "the job is disabled"
    assert job.tasks.keys() == wanted.tasks.keys(), "other tasks"
    for one, work in wanted.tasks.items():
        assert job.tasks[one].is_(work, wanted), f"task {one} is not the spec's"
        if job.tasks[one].state != "completed" and not job.over:
            assert job.tasks[one].limit == work.limit, f"task {one} has another limit"
    if job.over:
        return
    assert (job.priority, job.days, job.pool_id) == (wanted.priority, wanted.days, wanted.pool_id)
    assert job.armed, "the job does not end with its tasks"
    assert pool is not None, "there is no pool"
    assert pool.vm_size == wanted.vm_size
    assert wanted.pool_then != "keep" or (pool.nodes, pool.formula) == (wanted.nodes, False)
    assert pool.start == (f"echo {wanted.start}" if wanted.start else None)


def check_verdict(wanted: Wanted, seen: Seen, job_id: str, code: int, *, mended: bool) -> None:
    """Success is that every task of the spec has succeeded, and nothing else is."""
    job = seen.jobs.get(job_id)
    if job is None:
        fails = not mended and any(work.kind == "fails" for work in wanted.tasks.values())
        assert code != 0 or not fails, "a task fails"
        return
    ends = job.armed or job.over  # otherwise more may come
    well = (
        ends
        and job.tasks.keys() >= wanted.tasks.keys()
        and all(job.tasks[one].state == "completed" and job.tasks[one].code == 0 for one in wanted.tasks)
    )
    assert (code == 0) == well, (code, job)


def check_destroyed(wanted: Wanted, seen: Seen) -> None:
    """Nothing of the spec is left."""
    left = [one for one in (*seen.pools, *seen.jobs) if one == wanted.pool_id or one.startswith(wanted.job_id)]
    assert not left, left
    stored = [one for one in seen.blobs if one.startswith(("outputs/", "ended/"))]
    assert not stored, stored


class Once:
    """How often each task has run, against how often it may have."""

    def __init__(self, wanted: Wanted) -> None:
        self._ran = wanted.folder / "ran"
        self._may: dict[tuple[str, str, str, datetime | None], int] = {}

    def look(self, seen: Seen) -> None:
        for job_id, job in seen.jobs.items():
            for task_id, task in job.tasks.items():
                key = job_id, task_id, task.mark, task.made
                self._may[key] = max(task.times, self._may.get(key, 0))

    def again(self) -> None:
        """Every task that is there may run once more: somebody has asked for that."""
        self._may = {key: times + 1 for key, times in self._may.items()}

    def unseen(self, wanted: Wanted) -> None:
        """There may have been a job that nobody has seen: the newest run, or the next."""
        newest = 1 + max([number(one) for one, *_ in self._may], default=0)
        for job_id in (wanted.job_id, *(f"{wanted.job_id}-{at}" for at in range(2, newest + 1))):
            for task_id, work in wanted.tasks.items():
                key = job_id, task_id, work.mark, None
                self._may[key] = self._may.get(key, 0) + 1

    def check(self) -> None:
        may: Counter[str] = Counter()
        for (job_id, task_id, mark, _), times in self._may.items():
            may[f"{job_id} {task_id} {mark}"] += times
        ran = Counter(self._ran.read_text().splitlines()) if self._ran.exists() else Counter()
        assert not ran - may, ran - may
