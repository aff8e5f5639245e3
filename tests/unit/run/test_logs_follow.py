"""logs --follow: what is printed as it is printed, to the end of all that can end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchspec.compiler.program import Logs
from batchspec.ports import NodeView
from batchspec.run import Options, apply, logs
from batchspec.run.events import Found, NothingPrinted, Output, TaskMoved
from batchspec.run.incomplete import GRACE
from tests.support.fakes import Behaviour
from tests.support.logs import begin, shown, stored, text
from tests.support.programs import job_of, pool_of, program
from tests.support.world import World, of


def test_what_was_followed_goes_on_in_storage_where_the_node_left_off() -> None:
    whole = "one\ntwo\nthree\nfour\n"
    world = World({"a": Behaviour(seconds=20.0, stdout=whole)})
    begin(world)
    world.clock.listeners.append(lambda: world.batch.lost.add("a") if world.clock.time > 10 else None)
    stored(world, {"a/stdout": whole})

    assert text(shown(world, names=["a"], follow=True)) == {"a/stdout": whole}


def test_of_many_tasks_that_run_all_are_shown_while_they_run() -> None:
    ids = [f"t{at}" for at in range(30)]
    made = program(ids)
    world = World({one: Behaviour(seconds=100.0, stdout=f"{one}\nend\n") for one in ids}, slots=30)
    world.batch.behaviours["t29"] = Behaviour(seconds=1000.0, stdout="t29\nlast\n")
    for event in apply(made, world.batch, world.blobs, world.clock, Options(follow=False)):
        if isinstance(event, TaskMoved):
            break
    world.clock.sleep(1.0)

    steps = logs(made, world.batch, world.blobs, world.clock, follow=True)
    seen: set[str] = set()
    while len(seen) < 30:
        event = next(steps)
        seen |= {event.task_id} if isinstance(event, Output) else set()

    assert world.clock.time < 90, "before any of them has ended"


def test_following_ends_where_nothing_can_run_any_more() -> None:
    made = program({"a": [], "b": ["a"]}, on_all_tasks_complete="noaction")
    world = World({"a": Behaviour(exit_code=1, stdout="A\n")})
    world.batch.add_pool(made.pool.body)  # type: ignore[union-attr]  # it has one
    world.batch.add_job(made.job.body)  # type: ignore[union-attr]  # it has one
    world.batch.add_tasks("demo-job", [one.body for one in made.tasks])

    events = shown(world, replace(made, tasks=made.tasks), ["a", "b"], follow=True)

    assert text(events) == {"a/stdout": "A\n"}
    assert "can never run" in of(events, NothingPrinted)[0].reason


def test_a_task_that_somebody_runs_again_is_not_followed_again() -> None:
    made = program(["a", "b"], on_all_tasks_complete="noaction")
    world = World({"a": Behaviour(exit_code=1, stdout="A\n"), "b": Behaviour(seconds=60.0, stdout="B\n")})
    world.batch.add_pool(pool_of(made))
    world.batch.add_job(job_of(made))
    world.batch.add_tasks("demo-job", [one.body for one in made.tasks])
    tried: list[str] = []

    def try_again() -> None:
        if world.clock.time > 10 and not tried:
            tried.append("a")
            world.batch.reactivate_task("demo-job", "a")

    world.clock.listeners.append(try_again)

    printed = text(shown(world, made, follow=True))

    assert tried
    assert printed == {"a/stdout": "A\n", "b/stdout": "B\n"}


def test_following_ends_with_the_reason_when_the_pool_is_gone() -> None:
    world = World({"a": Behaviour(seconds=1e6)})
    begin(world)
    world.batch.pools.clear()

    events = shown(world, follow=True)

    assert [event.finding.diagnostic.code for event in of(events, Found)] == ["BS810"]


def test_a_node_that_is_unusable_does_not_end_it_at_once() -> None:
    world = World({"a": Behaviour(seconds=60.0, stdout="A\n")})
    begin(world)
    pool = world.batch.pools["demo-pool"]
    pool.nodes = [NodeView("node-0", "unusable"), *pool.nodes[1:]]

    assert text(shown(world, names=["a"], follow=True)) == {"a/stdout": "A\n"}


def test_following_goes_on_for_tasks_that_a_manager_has_added_and_no_node_has_begun() -> None:
    made = replace(program(["a", "b"], manager=True), logs=Logs.KEPT)
    job_of(made).job_manager_task.kill_job_on_completion = False
    world = World({"manager": Behaviour(stdout="added\n"), "a": Behaviour(stdout="A\n"), "b": Behaviour(stdout="B\n")})
    world.batch.adds = ("a", "b")
    begin = {"manager": 0.0}
    world.batch._let_go = lambda job, task: world.clock.time > begin.get(task.view.id, 60.0)  # type: ignore[method-assign]  # noqa: ARG005
    world.batch.add_pool(pool_of(made))
    world.batch.add_job(job_of(made))

    printed = text(shown(world, made, follow=True))

    assert printed == {"manager/stdout": "added\n", "a/stdout": "A\n", "b/stdout": "B\n"}


@pytest.mark.parametrize("count", [3, 30], ids=["few", "many"])
def test_following_ends_with_the_reason_when_nobody_completes_the_job(count: int) -> None:
    made = program([f"t{at}" for at in range(count)])
    world = World()
    world.batch.add_pool(pool_of(made))
    job_of(made).on_all_tasks_complete = None
    world.batch.add_job(job_of(made))
    job_of(made).on_all_tasks_complete = "terminatejob"
    world.batch.add_tasks("demo-job", [made.tasks[0].body])

    events = shown(world, made, follow=True)

    assert [event.finding.diagnostic.code for event in of(events, Found)] == ["BS815"]
    assert GRACE <= world.clock.time < 3 * GRACE


def test_following_many_tasks_ends_when_their_nodes_are_gone_and_none_comes() -> None:
    made = program([f"t{at}" for at in range(30)])
    world = World({one.body.id: Behaviour(seconds=1e6) for one in made.tasks}, slots=30)
    for event in apply(made, world.batch, world.blobs, world.clock, Options(follow=False)):
        if isinstance(event, TaskMoved):
            break
    steps = logs(made, world.batch, world.blobs, world.clock, follow=True)

    def lose() -> None:
        if world.clock.time > 20:
            world.batch.pools.clear()
        assert world.clock.time < 1000, "it never ends"

    world.clock.listeners.append(lose)

    assert [event.finding.diagnostic.code for event in of(list(steps), Found)] == ["BS810"]
