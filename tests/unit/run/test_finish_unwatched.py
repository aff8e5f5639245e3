"""on_finish when the watch ends before the job: an interrupt, a timeout, or nobody who waits."""

from __future__ import annotations

import pytest

from batchspec.compiler import ends
from batchspec.compiler.program import Finish, Program
from batchspec.run import Options, Verdict, apply, finish
from batchspec.run.events import Event, Kept, Removing, TaskMoved
from tests.support.endings import DELETE, ZERO, ended
from tests.support.fakes import Behaviour
from tests.support.programs import program
from tests.support.world import World, of

LATER = 'the next apply after its end or "batchspec destroy" deletes it'
GOING = "the job goes on; its nodes go by themselves when no task waits or runs"


def interrupted(world: World, made: Program) -> list[Event]:
    """What is told when the watch is interrupted once a task runs."""
    steps = apply(made, world.batch, world.blobs, world.clock)
    for event in steps:
        if isinstance(event, TaskMoved):
            break
    steps.close()
    return list(finish(made, world.batch, world.blobs, world.clock))


def test_whoever_stops_watching_can_have_it_done() -> None:
    world = World({"a": Behaviour(seconds=1e6)})

    events = interrupted(world, program(["a"], finish=DELETE))

    assert of(events, Removing) == [Removing("job", "demo-job"), Removing("pool", "demo-pool")]
    assert ended(world) == ([], [])


@pytest.mark.parametrize(
    ("asked", "words"),
    [(ZERO, GOING), (Finish("delete"), f"{GOING}, and {LATER}")],
    ids=["scaled to zero", "deleted"],
)
def test_an_interrupt_takes_no_nodes_from_under_a_job_that_goes_on(asked: Finish, words: str) -> None:
    world = World({"a": Behaviour(seconds=600.0)})

    events = interrupted(world, program(["a"], finish=asked, nodes=2))

    assert events == [Kept("pool", "demo-pool", words)]
    world.clock.sleep(500.0)
    assert len(world.batch.pools["demo-pool"].nodes) == 2
    world.clock.sleep(1500.0)
    assert world.batch.pools["demo-pool"].nodes == []
    assert world.batch.jobs["demo-job"].view.state == "completed"


def test_an_interrupt_after_the_job_has_ended_does_what_on_finish_asks_for() -> None:
    world = World()
    made = program(["a"], finish=Finish("delete"), nodes=2)
    world.apply(made, Options(wait=False))
    world.clock.sleep(60.0)

    events = list(finish(made, world.batch, world.blobs, world.clock))

    assert of(events, Removing) == [Removing("pool", "demo-pool")]


def test_a_job_that_was_interrupted_is_taken_up_again_by_a_pool_without_nodes() -> None:
    world = World({"a": Behaviour(seconds=30.0)})
    made = program(["a"], finish=ZERO, nodes=2)
    interrupted(world, made)
    world.clock.sleep(10.0)
    pool = world.batch.pools["demo-pool"]
    live = str(pool.view.body["autoScaleFormula"])
    world.batch.enable_autoscale("demo-pool", ends.asleep(live, world.clock.now()))
    world.clock.sleep(60.0)
    assert pool.nodes == []

    _, report = world.apply(made)

    assert report.verdict is Verdict.SUCCEEDED
    assert world.batch.log.count("add job demo-job") == 1
    assert world.clock.time < 300.0


@pytest.mark.parametrize(
    ("options", "verdict", "why"),
    [
        (Options(wait=False), Verdict.SUBMITTED, "nobody waits for the job"),
        (Options(timeout=5.0), Verdict.TIMED_OUT, "the job goes on"),
    ],
    ids=["nobody waits", "our patience ends"],
)
def test_while_the_job_goes_on_all_is_left_and_it_is_said_what_goes_by_itself(
    options: Options, verdict: Verdict, why: str
) -> None:
    world = World({"a": Behaviour(seconds=1e6)})

    events, report = world.apply(program(["a"], finish=DELETE, nodes=2), options)

    assert report.verdict is verdict
    assert of(events, Kept) == [
        Kept("job", "demo-job", f"{why}, and {LATER}"),
        Kept("pool", "demo-pool", f"{why}; its nodes go by themselves when no task waits or runs, and {LATER}"),
    ]
    assert ended(world) == (["demo-pool"], ["demo-job"])


def test_a_pool_that_does_not_end_by_itself_is_left_and_this_is_said() -> None:
    events, _ = World({"a": Behaviour(seconds=1e6)}).apply(program(["a"], finish=ZERO), Options(timeout=5.0))

    assert of(events, Kept) == [Kept("pool", "demo-pool", "the job goes on, so on_finish leaves it")]
