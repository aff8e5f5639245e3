"""What is deleted is what was seen: if it is another's by then, or not the same, it stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchspec.errors import PreconditionFailed
from batchspec.ports import OWNER_KEY, PoolView
from batchspec.run import destroy
from batchspec.run.context import Run
from batchspec.run.deleting import LOOKS, ask, remove
from batchspec.run.events import Kept
from batchspec.run.retry import quietly, retrying
from tests.support.fakes import Faults
from tests.support.programs import program
from tests.support.world import World

MADE = program(["a"])


def applied() -> World:
    world = World()
    world.apply(MADE)
    return world


def meanwhile(world: World, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    """Between destroy's look at the pool and its request to delete it."""
    listed, todo = world.batch.list_jobs, [what]

    def then(pool_id: str) -> list[str]:
        while todo:
            todo.pop()()
        return listed(pool_id)

    monkeypatch.setattr(world.batch, "list_jobs", then)


def test_a_pool_that_was_taken_over_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    world = applied()
    theirs = {"metadata": [{"name": OWNER_KEY, "value": "stranger"}]}
    meanwhile(world, monkeypatch, lambda: world.batch.patch_pool("demo-pool", theirs))

    events = list(destroy(MADE, world.batch, world.blobs, world.clock))

    assert [event.name for event in events if isinstance(event, Kept)] == ["demo-pool"]
    assert list(world.batch.pools) == ["demo-pool"]


def test_a_pool_that_has_changed_meanwhile_and_is_still_ours_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    world = applied()
    meanwhile(world, monkeypatch, lambda: world.batch.patch_pool("demo-pool", {"displayName": "x"}))

    list(destroy(MADE, world.batch, world.blobs, world.clock))

    assert world.batch.pools == {}


def test_a_pool_that_never_stays_as_it_was_seen_is_given_up_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    world = applied()
    listed = world.batch.list_jobs

    def then(pool_id: str) -> list[str]:
        world.batch.patch_pool(pool_id, {"displayName": "x"})
        return listed(pool_id)

    monkeypatch.setattr(world.batch, "list_jobs", then)
    events = list(destroy(MADE, world.batch, world.blobs, world.clock))

    assert [event.name for event in events if isinstance(event, Kept)] == ["demo-pool"]


@pytest.mark.parametrize("kind", [None, *Faults.KINDS])
def test_what_has_changed_is_looked_at_again_and_what_goes_already_is_not_asked(kind: str | None) -> None:
    world = applied()
    run = Run(MADE, world.batch, world.blobs, world.clock, retrying(world.clock))
    pool, looks = world.batch.pools["demo-pool"], list[str]()

    def stays(view: PoolView) -> None:
        looks.append(view.state)
        if len(looks) == 1:
            world.batch.patch_pool("demo-pool", {"displayName": "x"})
            if kind is not None:
                world.batch.faults = Faults(1, kind)

    for _ in range(2):
        assert quietly(ask(run, "pool", "demo-pool", stays)) is None

    assert pool.gone_at is not None
    assert (looks[:2], looks[-1]) == (["active", "active"], "deleting")


def test_what_changes_with_each_look_is_not_looked_at_for_ever() -> None:
    world, looks = applied(), list[str]()
    run = Run(MADE, world.batch, world.blobs, world.clock, retrying(world.clock))

    def stays(view: PoolView) -> None:
        looks.append(view.etag)
        world.batch.patch_pool("demo-pool", {"displayName": "x"})

    with pytest.raises(PreconditionFailed):
        quietly(remove(run, "pool", "demo-pool", stays))
    assert len(looks) == LOOKS


def test_it_is_waited_for_until_it_is_gone_and_a_reason_to_stay_is_told() -> None:
    world = applied()
    run = Run(MADE, world.batch, world.blobs, world.clock, retrying(world.clock))

    assert quietly(remove(run, "job", "demo-job", lambda _view: "it is needed")) == "it is needed"
    assert list(world.batch.jobs) == ["demo-job"]
    for _ in range(2):
        assert quietly(remove(run, "job", "demo-job", lambda _view: None)) is None
        assert list(world.batch.jobs) == []
