"""What happens to pool, nodes and tasks while an apply watches them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchspec.compiler.program import Program
from batchspec.run import Report, Verdict, apply
from batchspec.run.events import Event, Finished, Output, TaskMoved
from tests.support.fakes import Behaviour
from tests.support.programs import program
from tests.support.world import World, codes, of


def while_it_runs(world: World, made: Program, happens: Callable[[], None]) -> tuple[list[Event], Report]:
    """What an apply tells when something happens once a task runs."""
    events: list[Event] = []
    happened = False
    for event in apply(made, world.batch, world.blobs, world.clock):
        events.append(event)
        if not happened and isinstance(event, TaskMoved) and event.task.state == "running":
            happened = True
            happens()
    (end,) = of(events, Finished)
    return events, end.report


LONG = {f"t{number}": Behaviour(seconds=1e6) for number in range(50)}


@pytest.mark.parametrize("tasks", [1, 50], ids=["a task", "many tasks"])
def test_a_pool_that_is_deleted_while_tasks_run_ends_the_watch(tasks: int) -> None:
    world = World(LONG, slots=50)

    _, report = while_it_runs(world, program(list(LONG)[:tasks]), lambda: world.batch.delete_pool("demo-pool"))

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS810"]
    assert {row.state for row in report.tasks} == {"active"}
    assert world.clock.time < 120


def test_a_pool_that_is_resized_to_no_nodes_while_a_task_runs_ends_the_watch() -> None:
    world = World(LONG)

    _, report = while_it_runs(world, program(["t0"]), lambda: world.batch.resize_to_none("demo-pool"))

    assert report.verdict is Verdict.BLOCKED
    assert codes(report) == ["BS805"]
    assert world.clock.time < 120


@pytest.mark.parametrize("tasks", [1, 50], ids=["a task", "many tasks"])
def test_tasks_whose_node_reboots_run_again_and_are_shown_from_their_start(tasks: int) -> None:
    ids = [f"t{number}" for number in range(tasks)]
    behaviours = dict.fromkeys(ids, Behaviour(seconds=30.0, stdout="one\ntwo\n"))
    world = World(behaviours, slots=50)

    def reboot() -> None:
        world.clock.sleep(10.0)
        world.batch.reboot("demo-pool")

    events, report = while_it_runs(world, program(ids), reboot)

    assert report.verdict is Verdict.SUCCEEDED
    states = [event.task.state for event in of(events, TaskMoved) if event.task.id == "t0"]
    assert states == ["running", "active", "running", "completed"]
    assert "".join(event.text for event in of(events, Output) if event.task_id == "t0") == "one\none\ntwo\n"


def test_a_task_that_somebody_deletes_while_it_runs_does_not_hold_up_the_watch() -> None:
    world = World(LONG)

    def delete() -> None:
        job = world.batch.jobs["demo-job"]
        del job.tasks["t0"]
        job.order.remove("t0")

    _, report = while_it_runs(world, program(["t0", "quick"]), delete)

    assert codes(report) == ["BS807"]
