"""status --watch: looks again until nothing moves any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchspec.cli.views import tables
from batchspec.run import Options, status
from batchspec.run.status import Status, watch_status
from tests.support.fakes import Behaviour
from tests.support.programs import program
from tests.support.world import World

MADE = program({"a": [], "b": ["a"], "c": []})


def looks(world: World, most: int = 1000) -> list[Status]:
    found = []
    for one in watch_status(MADE, world.batch, world.blobs, world.clock):
        found.append(one)
        if len(found) == most:
            break
    return found


def started(**behaviours: Behaviour) -> World:
    world = World(behaviours)
    world.apply(MADE, Options(wait=False))
    return world


def test_it_ends_with_the_job() -> None:
    world = started(a=Behaviour(seconds=10.0))

    found = looks(world)

    assert [one.over for one in found[-2:]] == [False, True]
    assert found[-1].counts.succeeded == 3
    assert found[-1] == status(MADE, world.batch, world.clock)


def test_it_ends_when_all_that_is_left_can_never_run() -> None:
    found = looks(started(a=Behaviour(exit_code=1)))

    assert (found[-1].counts.completed, found[-1].blocked, found[-1].over) == (2, 1, True)


@pytest.mark.parametrize("again", [False, True], ids=["never made", "deleted meanwhile"])
def test_it_ends_when_there_is_no_job(again: bool) -> None:
    world = started(a=Behaviour(seconds=1e6)) if again else World()
    if again:
        world.clock.listeners.append(lambda: world.batch.jobs.clear() if world.clock.time > 20 else None)

    found = looks(world)

    assert found[-1].job is None
    assert len(found) > (1 if again else 0)


def test_it_ends_with_the_tasks_of_a_job_that_stays() -> None:
    made = program({"a": [], "b": ["a"], "c": []}, on_all_tasks_complete="noaction")
    world = World({"a": Behaviour(exit_code=1), "c": Behaviour(seconds=20.0)})
    world.apply(made, Options(wait=False))
    world.clock.listeners.append(lambda: pytest.fail("it never ends") if world.clock.time > 1000 else None)

    *_, last = watch_status(made, world.batch, world.blobs, world.clock)

    assert (last.counts.completed, last.blocked, last.over) == (2, 1, True)


def test_a_task_whose_node_is_lost_waits_again() -> None:
    world = started(a=Behaviour(seconds=1e6), c=Behaviour(seconds=1e6))
    looks(world, 5)
    steps = watch_status(MADE, world.batch, world.blobs, world.clock)
    before = next(steps)

    world.batch.reboot("demo-pool")
    after = next(steps)

    assert {row.id: row.state for row in before.tasks} == {"a": "running", "b": "active", "c": "running"}
    assert {row.state for row in after.tasks} == {"active"}


def test_a_look_after_the_first_asks_for_what_changed() -> None:
    world = started(a=Behaviour(seconds=1e6))
    asked: list[object] = []
    listing = world.batch.list_tasks

    def list_tasks(job_id: str, since: object = None, **more: bool) -> object:
        asked.append(since)
        return listing(job_id, since, **more)  # type: ignore[arg-type]  # passed through

    world.batch.list_tasks = list_tasks  # type: ignore[assignment]  # to see what is asked

    looks(world, 4)

    assert asked[0] is None
    assert None not in asked[2:]


ENDS: dict[str, tuple[Callable[[World], object], str]] = {
    "its pool is deleted": (lambda world: world.batch.pools.clear(), "BS810"),
    "its job is disabled": (lambda world: world.batch.disable_job("demo-job", "requeue"), "BS807"),
}


@pytest.mark.parametrize(("act", "code"), ENDS.values(), ids=ENDS)
def test_it_ends_with_the_reason_when_nothing_will_move(act: Callable[[World], object], code: str) -> None:
    world = started(a=Behaviour(seconds=1e6), c=Behaviour(seconds=1e6))
    left = [act]

    def listener() -> None:
        if world.clock.time > 20 and left:
            left.pop()(world)

    world.clock.listeners.append(listener)

    found = looks(world, 200)

    assert (found[-1].over, [one.diagnostic.code for one in found[-1].stuck]) == (True, [code])
    assert [one for one in found[:-1] if one.stuck] == []


def test_a_pool_that_has_its_nodes_still_to_come_does_not_end_it() -> None:
    world = started(a=Behaviour(seconds=100.0), c=Behaviour(seconds=100.0))
    world.batch.reboot("demo-pool")

    assert looks(world)[-1].counts.succeeded == 3


def test_a_task_that_the_service_does_not_have_is_not_told_as_waiting() -> None:
    world = World({"a": Behaviour(seconds=1e6)})
    world.apply(program(["a"]), Options(wait=False))
    world.clock.sleep(20)

    found = status(MADE, world.batch, world.clock)

    assert {row.id: row.state for row in found.tasks} == {"a": "running", "b": "not_added", "c": "not_added"}
    assert found.absent == 2
    lines = list(tables.status(found))
    assert "tasks: 1: 0 waiting, 1 running, 0 succeeded, 0 failed, 2 not added" in lines
    assert any(line.split()[:3] == ["c", "not", "added"] for line in lines)


def test_a_task_that_is_not_there_is_not_blocked_either() -> None:
    world = World({"a": Behaviour(exit_code=1)})
    world.apply(program(["a"], on_all_tasks_complete="noaction"), Options(wait=False))
    world.clock.sleep(60)

    found = status(MADE, world.batch, world.clock)

    assert ({row.id: row.state for row in found.tasks}["b"], found.blocked, found.absent) == ("not_added", 0, 2)


def test_tasks_that_the_job_does_not_hold_are_not_said_to_wait_though_it_holds_as_many() -> None:
    world = started(a=Behaviour(seconds=60.0))

    found = status(program({"a": [], "b": ["a"], "new": []}), world.batch, world.clock)

    assert {row.id: row.state for row in found.tasks} == {"a": "active", "b": "active", "new": "not_added"}
    assert found.absent == 1
