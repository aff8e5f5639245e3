"""gc: what is past its lifetime and belongs to no spec, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from batchspec.ports import OWNER_KEY, BlobView, JobView, NodeView, PoolView, ScheduleView
from batchspec.run.events import Event, Kept, Removed
from batchspec.run.gc import WEEK, Keep, Leftover, leftovers
from batchspec.run.sweep import sweep
from tests.support.fakes import EPOCH, FakeBatch, FakeBlob, FakeClock, FakeJob, FakePool, Faults

DAY = 86400.0
MINE = {OWNER_KEY: "old"}


def stamp(days: float) -> str:
    """So many days ago, on the tenth day."""
    return f"{EPOCH + timedelta(days=10 - days):%Y-%m-%dT%H:%M:%S}.1234567Z"


def job(name: str = "j", days: float = 8, state: str = "completed", marks: Any = None, pool: str = "p") -> JobView:
    body = {"stateTransitionTime": stamp(days), "executionInfo": {"endTime": stamp(days), "poolId": pool}}
    return JobView(name, state, "1", MINE if marks is None else marks, pool, armed=True, body=body)


def pool(name: str = "p", days: float = 8, marks: Any = None, formula: str = "") -> PoolView:
    body = {"creationTime": stamp(days), "vmSize": "a1", "autoScaleFormula": formula}
    return PoolView(name, "active", "steady", "1", MINE if marks is None else marks, 2, 2, body=body)


def schedule(name: str = "s", days: float = 8, state: str = "completed", pool_id: str = "") -> ScheduleView:
    body = {"stateTransitionTime": stamp(days), "jobSpecification": {"poolInfo": {"poolId": pool_id}}}
    return ScheduleView(name, state, "1", MINE, body=body)


class World:
    """The tenth day."""

    def __init__(self, *views: JobView | PoolView | ScheduleView, node: str = "idle") -> None:
        self.clock, self.blobs = FakeClock(), FakeBlob()
        self.batch = FakeBatch(self.clock)
        self.clock.time = 10 * DAY
        for view in views:
            if isinstance(view, JobView):
                self.batch.jobs[view.id] = FakeJob(view)
            elif isinstance(view, PoolView):
                self.batch.pools[view.id] = FakePool(view, [NodeView("n", node)])
            else:
                self.batch.schedules[view.id] = view

    def find(self, keep: Keep = Keep(), older: timedelta = WEEK, *containers: str) -> list[Leftover]:  # noqa: B008  frozen
        return leftovers(self.batch, self.blobs, self.clock, keep, older, containers)

    def sweep(self, found: list[Leftover]) -> list[Event]:
        return list(sweep(found, self.batch, self.blobs, self.clock))


END = '// batchspec: 1 dedicated, 0 spot, lifetime PT8H\n$TargetDedicatedNodes = time() < time("{}") ? (1) : 0;\n'
FOUND: dict[str, tuple[World, list[str]]] = {
    "a job that completed long ago": (World(job()), ["j"]),
    "a job that completed lately": (World(job(days=6)), []),
    "a job that has not completed": (World(job(state="active")), []),
    "a job of nobody's": (World(job(marks={})), []),
    "a pool that nothing uses": (World(pool()), ["p"]),
    "a pool that is new": (World(pool(days=1)), []),
    "a pool of nobody's": (World(pool(marks={"team": "x"})), []),
    "a pool that a job used lately": (World(pool(), job(days=1, marks={})), []),
    "a pool that a job of anybody's uses": (World(pool(), job(state="active", marks={}, pool="P")), []),
    "a pool of which a node runs something": (World(pool(), node="running"), []),
    "a pool that a schedule will use": (World(pool(), schedule(state="active", pool_id="p")), []),
    "a new pool whose lifetime is over": (World(pool(days=1, formula=END.format("2026-01-10T00:00:00Z"))), ["p"]),
    "a new pool whose lifetime is not over": (World(pool(days=1, formula=END.format("2026-01-12T00:00:00Z"))), []),
    "a schedule that has completed": (World(schedule()), ["s"]),
    "a schedule that makes jobs": (World(schedule(state="active")), []),
    "what goes already": (World(job(state="deleting")), []),
    "all together, in the order in which they go": (World(pool(), job(), schedule()), ["s", "j", "p"]),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_found(name: str) -> None:
    world, ids = FOUND[name]

    assert [one.name for one in world.find()] == ids


KEPT = {
    "by the spec's name": Keep(specs=frozenset({"old"})),
    "by the ids that a spec names": Keep(pools=frozenset({"p"}), jobs=frozenset({"j", "s"})),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_belongs_to_a_spec_is_kept(name: str) -> None:
    runs = [job(one, pool="p") for one in ("j", "J-2", "s:job-1")]

    assert World(*runs, pool("P"), schedule("S")).find(KEPT[name]) == []


def test_what_only_begins_like_a_run_of_a_kept_job_is_none() -> None:
    found = World(job("j-2x"), job("jj"), job("j-")).find(Keep(jobs=frozenset({"j"})))

    assert [one.name for one in found] == ["j-2x", "jj", "j-"]


def test_what_is_told_of_a_leftover() -> None:
    (found,) = World(pool()).find()

    assert (found.kind, found.spec, found.nodes, found.vm_size) == ("pool", "old", 2, "a1")
    assert found.age == pytest.approx(8 * DAY, abs=1)


def test_how_old_is_for_the_caller_to_say() -> None:
    assert [one.name for one in World(job(days=1)).find(Keep(), timedelta(hours=12))] == ["j"]


def test_all_that_was_found_is_deleted_and_waited_for() -> None:
    world = World(pool(), job(), schedule())

    events = world.sweep(world.find())

    removed = [(event.kind, event.name) for event in events if isinstance(event, Removed)]
    assert removed == [("job schedule", "s"), ("job", "j"), ("pool", "p")]
    assert [*world.batch.pools, *world.batch.jobs, *world.batch.schedules] == []
    assert world.find() == []


CHANGES: dict[str, Callable[[World], None]] = {
    "it has changed": lambda world: world.batch.patch_pool("p", {"displayName": "x"}),
    "a job uses it": lambda world: world.batch.jobs.update(x=FakeJob(job("x", state="active", marks={}))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_since_the_look_is_kept(name: str) -> None:
    world = World(pool())
    found = world.find()
    CHANGES[name](world)

    events = world.sweep(found)

    assert [event.name for event in events if isinstance(event, Kept)] == ["p"]
    assert "p" in world.batch.pools


def test_outputs_are_only_looked_for_where_the_caller_says_and_inputs_never(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(job("there", state="active"))
    names = ["outputs/gone/a", "outputs/gone/tasks/b", "outputs/there/c", "outputs/new/d", "outputs/mine/e", "inputs/f"]
    names += ["outputs/mine-2/g", "outputs/Mine-3/h"]
    world.blobs.containers["c"] = dict.fromkeys(names, b"x")

    def listed(_container: str, prefix: str) -> Any:
        for name in list(world.blobs.containers["c"]):
            days = 1 if "/new/" in name else 9
            if name.startswith(prefix):
                yield BlobView(name, 1, EPOCH + timedelta(days=10 - days))

    monkeypatch.setattr(world.blobs, "list_blobs", listed)
    keep = Keep(jobs=frozenset({"mine"}))
    found = world.find(keep, WEEK, "c")
    world.sweep(found)

    assert world.find(keep) == []
    assert [one.name for one in found] == ["c/outputs/gone/"]
    assert sorted(world.blobs.containers["c"]) == sorted(names[2:])


MEANWHILE: dict[str, tuple[Callable[[World], object], str]] = {
    "its job is made": (lambda world: world.batch.jobs.update(gone=FakeJob(job("gone"))), 'job "gone" is there now'),
    "its schedule is made": (lambda world: world.batch.schedules.update(gone=schedule("gone")), "is there now"),
    "a job has written to it": (
        lambda world: world.blobs.containers["c"].update({"outputs/gone/new": b"x"}),
        "it has changed since we looked",
    ),
    "somebody has taken it away": (lambda world: world.blobs.containers.clear(), ""),
}


@pytest.mark.parametrize("case", MEANWHILE)
def test_outputs_are_looked_at_again_before_they_go(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change, why = MEANWHILE[case]
    world = World()
    world.blobs.containers["c"] = {"outputs/gone/a": b"x"}
    listed = world.blobs.list_blobs

    def dated(container: str, prefix: str) -> Any:
        for view in listed(container, prefix):
            yield replace(view, modified=world.clock.now() if "new" in view.name else EPOCH)

    monkeypatch.setattr(world.blobs, "list_blobs", dated)
    found = world.find(Keep(), WEEK, "c")
    change(world)
    there = dict(world.blobs.containers.get("c", {}))

    (event,) = world.sweep(found)

    assert world.blobs.containers.get("c", {}) == there
    assert (isinstance(event, Kept) and why in event.reason) if why else event == Removed("blobs", "c/outputs/gone/", 0)


def test_blobs_whose_age_the_storage_does_not_tell_are_kept() -> None:
    world = World()
    world.blobs.containers["c"] = {"outputs/gone/a": b"x"}

    assert world.find(Keep(), WEEK, "c") == []


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_all_goes_and_nothing_else(kind: str) -> None:
    for k in range(1, 100):
        world = World(pool(), job(), schedule(), replace(job("other", marks={}), pool_id="q"))
        world.batch.faults = Faults(k, kind)
        world.sweep(world.find())

        assert [*world.batch.jobs, *world.batch.pools, *world.batch.schedules] == ["other"]
        if not world.batch.faults.hit:
            return
    pytest.fail("it makes a hundred requests")
