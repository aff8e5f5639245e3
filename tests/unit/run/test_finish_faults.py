"""A clean-up whose requests fail is done all the same, or is a warning beside the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchspec.compiler.program import Finish
from batchspec.errors import Busy
from batchspec.run import Options, Verdict, finish
from batchspec.run.events import Event, TaskMoved
from tests.support.endings import DELETE, KEEP, ZERO, ended
from tests.support.fakes import Faults
from tests.support.programs import program
from tests.support.world import World


def test_a_clean_up_that_fails_is_a_warning_and_the_verdict_stays() -> None:
    class NoDeletes(Faults):
        off = False

        def guard(self, request: object) -> object:
            if self.off:
                raise Busy("the service is busy.")
            return request()  # type: ignore[operator]  # a function

    faults = NoDeletes()
    world = World(faults=faults)

    def break_off(event: Event) -> None:
        faults.off = faults.off or (isinstance(event, TaskMoved) and event.task.state == "completed")

    _, report = world.apply(program(["a"], finish=DELETE), seen=break_off)

    assert report.verdict is Verdict.SUCCEEDED
    assert [(found.code, found.message, found.severity.value) for found in report.diagnostics] == [
        ("BS812", 'job "demo-job" could not be deleted: the service is busy', "warning"),
        ("BS812", 'pool "demo-pool" could not be deleted: the service is busy', "warning"),
    ]


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_whichever_request_fails_a_pool_that_ends_by_itself_is_scaled_to_zero(kind: str) -> None:
    k = 0
    while True:
        k += 1
        world = World()
        made = program(["a"], finish=ZERO, nodes=2)
        world.apply(made, Options(wait=False))
        world.clock.sleep(60.0)
        world.batch.faults = faults = Faults(k, kind)

        events = list(finish(made, world.batch, world.blobs, world.clock))

        assert all(type(event).__name__ != "Found" for event in events), k
        assert world.batch.pools["demo-pool"].view.target_nodes == 0, k
        assert world.batch.log.count("autoscale pool demo-pool") == 1, k
        if not faults.hit:
            return


@pytest.mark.parametrize("kind", Faults.KINDS)
@pytest.mark.parametrize("asked", [ZERO, DELETE], ids=["scale to zero", "delete"])
def test_whichever_request_of_a_clean_up_fails_it_is_done_all_the_same(asked: Finish, kind: str) -> None:
    k = 0
    while True:
        k += 1
        world = World()
        made = program(["a"], finish=KEEP, nodes=2)
        world.apply(made)
        world.batch.faults = faults = Faults(k, kind)

        events = list(finish(replace(made, finish=asked), world.batch, world.blobs, world.clock))

        assert all(type(event).__name__ != "Found" for event in events), k
        assert world.batch.log.count("resize pool demo-pool 0 0") == (asked is ZERO)
        assert ended(world) == ((["demo-pool"], ["demo-job"]) if asked is ZERO else ([], []))
        if not faults.hit:
            return
