"""What is deleted is what was seen: if it is another's by then, or not the same, it stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchspec.errors import PreconditionFailed
from batchspec.ports import OWNER_KEY
from batchspec.run import destroy
from batchspec.run.context import Run
from batchspec.run.events import Kept
from batchspec.run.gone import delete
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
def test_what_has_changed_is_not_deleted_and_what_goes_already_need_not_be(kind: str | None) -> None:
    world = applied()
    run = Run(MADE, world.batch, world.blobs, world.clock, retrying(world.clock))
    pool = world.batch.pools["demo-pool"]
    seen = pool.view.etag
    world.batch.patch_pool("demo-pool", {"displayName": "x"})
    with pytest.raises(PreconditionFailed):
        quietly(delete(run, "pool", "demo-pool", seen))
    if kind is not None:
        world.batch.faults = Faults(1, kind)

    for _ in range(2):
        quietly(delete(run, "pool", "demo-pool", pool.view.etag))

    assert pool.gone_at is not None
