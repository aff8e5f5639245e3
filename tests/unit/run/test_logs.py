"""logs: from the nodes and from storage, of many tasks, and never silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from batchspec.compiler.program import Logs, Program
from batchspec.errors import UsageError
from batchspec.ports import NodeView
from batchspec.run import Options, apply, logs
from batchspec.run.events import Event, Found, FromStorage, NothingPrinted, Output, TaskMoved
from batchspec.run.incomplete import GRACE
from batchspec.run.logs import wanted_tasks
from tests.support.fakes import Behaviour
from tests.support.programs import job_of, pool_of, program
from tests.support.world import World, of

MADE = replace(program({"a": [], "b": ["a"], "c": []}), logs=Logs.KEPT)
FOLDER = "outputs/demo-job/logs"


def stored(world: World, files: dict[str, str]) -> None:
    """Put what tasks printed into storage, as their nodes do when they end."""
    held = world.blobs.containers.setdefault("demo", {})
    held.update({f"{FOLDER}/{name}.txt": text.encode() for name, text in files.items()})


def shown(world: World, made: Program = MADE, names: Sequence[str] = (), **options: Any) -> list[Event]:
    return list(logs(made, world.batch, world.blobs, world.clock, names, **options))


def text(events: Sequence[Event]) -> dict[str, str]:
    """What is shown of each task's streams."""
    found: dict[str, str] = {}
    for event in of(events, Output):
        key = f"{event.task_id}/{event.stream}"
        found[key] = found.get(key, "") + event.text
    return found


def grouped(made: Program, **groups: str) -> Program:
    """With names for groups of tasks, by task id."""
    for one in made.tasks:
        one.body.display_name = groups.get(one.body.id)
    return made


def test_what_a_node_does_not_have_any_more_comes_from_storage() -> None:
    world = World({"a": Behaviour(stdout="from a\n"), "c": Behaviour(stdout="from the node\n")})
    world.apply(MADE, Options(follow=False))
    world.batch.lost.add("a")
    stored(world, {"a/stdout": "from storage\n"})

    assert text(shown(world)) == {"a/stdout": "from storage\n", "c/stdout": "from the node\n"}


def test_what_was_followed_goes_on_in_storage_where_the_node_left_off() -> None:
    whole = "one\ntwo\nthree\nfour\n"
    world = World({"a": Behaviour(seconds=20.0, stdout=whole)})
    for event in start(world):
        if isinstance(event, TaskMoved):
            break
    world.clock.listeners.append(lambda: world.batch.lost.add("a") if world.clock.time > 10 else None)
    stored(world, {"a/stdout": whole})

    assert text(shown(world, names=["a"], follow=True)) == {"a/stdout": whole}


def start(world: World) -> Any:
    return apply(MADE, world.batch, world.blobs, world.clock, Options(follow=False))


def test_the_logs_of_a_job_that_is_gone_come_from_storage() -> None:
    world = World()
    stored(world, {"a/stdout": "A\n", "c/stderr": "C\n"})

    events = shown(world)

    assert events[0] == FromStorage("demo-job")
    assert text(events) == {"a/stdout": "A\n", "c/stderr": "C\n"}
    assert [(event.task_ids, event.count) for event in of(events, NothingPrinted)] == [(("b",), 1)]


@pytest.mark.parametrize("kept", Logs)
def test_without_a_job_and_without_logs_it_says_how_to_run_it(kept: Logs) -> None:
    with pytest.raises(UsageError) as caught:
        shown(World(), replace(MADE, logs=kept))

    assert "nothing that its tasks printed is kept" in caught.value.message


@pytest.mark.parametrize(("kept", "reason"), [(Logs.OFF, "persist: false"), (Logs.NOWHERE, "no storage account")])
def test_what_is_lost_is_said_with_the_reason(kept: Logs, reason: str) -> None:
    world = World({"a": Behaviour(stdout="A\n")})
    world.apply(MADE, Options(follow=False))
    world.batch.lost.add("a")

    (nothing,) = of(shown(world, replace(MADE, logs=kept), ["a"]), NothingPrinted)

    assert reason in nothing.reason


def test_a_task_that_printed_nothing_is_told_to_who_asked_for_it() -> None:
    world = World({"a": Behaviour(stdout="A\n")})
    world.apply(MADE, Options(follow=False))

    assert of(shown(world), NothingPrinted) == []
    assert shown(world, names=["c"]) == [NothingPrinted(("c",), 1, "printed nothing")]


def test_tasks_that_have_not_started_are_told() -> None:
    world = World({"a": Behaviour(seconds=50.0, stdout="A\n")})
    for event in start(world):
        if isinstance(event, TaskMoved):
            break

    (waiting,) = of(shown(world, names=["b"]), NothingPrinted)

    assert waiting == NothingPrinted(("b",), 1, "have not started")


def test_a_group_stands_for_its_tasks() -> None:
    made = grouped(program(["a", "b", "c"]), a="some", c="some")
    world = World({one: Behaviour(stdout=f"{one}\n") for one in "abc"})
    world.apply(made, Options(follow=False))

    assert text(shown(world, made, ["some"])) == {"a/stdout": "a\n", "c/stdout": "c\n"}
    assert wanted_tasks(made, ["some", "a"]) == ["a", "c"]


def test_only_those_that_failed() -> None:
    world = World({"a": Behaviour(stdout="A\n"), "c": Behaviour(exit_code=1, stdout="C\n", stderr="E\n")})
    world.apply(MADE, Options(follow=False))

    assert text(shown(world, failed=True)) == {"c/stdout": "C\n", "c/stderr": "E\n"}


def test_when_none_failed_it_is_said() -> None:
    world = World()
    world.apply(MADE, Options(follow=False))

    assert shown(world, failed=True) == [NothingPrinted((), 0, "no task has failed")]


def test_one_stream_alone() -> None:
    world = World({"a": Behaviour(stdout="O\n", stderr="E\n")})
    world.apply(MADE, Options(follow=False))

    assert text(shown(world, streams=["stderr"])) == {"a/stderr": "E\n"}


TAILS = {
    "fewer than there are": ("1\n2\n3\n", 2, "2\n3\n"),
    "as many": ("1\n2\n", 2, "1\n2\n"),
    "more": ("1\n2\n", 5, "1\n2\n"),
    "none": ("1\n2\n", 0, ""),
    "an unfinished line counts": ("1\n2\n3", 2, "2\n3"),
    "far from the end": ("1\n" + "x" * 100_000 + "\n3\n", 2, "x" * 100_000 + "\n3\n"),
    "a character of several bytes": ("äöü\näöü\n", 1, "äöü\n"),
}


@pytest.mark.parametrize(("printed", "tail", "end"), TAILS.values(), ids=TAILS)
@pytest.mark.parametrize("lost", [False, True], ids=["from the node", "from storage"])
def test_the_last_lines(printed: str, tail: int, end: str, lost: bool) -> None:
    world = World({"a": Behaviour(stdout=printed)})
    world.apply(MADE, Options(follow=False))
    if lost:
        world.batch.lost.add("a")
        stored(world, {"a/stdout": printed})

    assert text(shown(world, names=["a"], tail=tail)).get("a/stdout", "") == end


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
    for event in start(world):
        if isinstance(event, TaskMoved):
            break
    world.batch.pools.clear()

    events = shown(world, follow=True)

    assert [event.finding.diagnostic.code for event in of(events, Found)] == ["BS810"]


def test_a_node_that_is_unusable_does_not_end_it_at_once() -> None:
    world = World({"a": Behaviour(seconds=60.0, stdout="A\n")})
    for event in start(world):
        if isinstance(event, TaskMoved):
            break
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


def test_a_job_that_is_deleted_between_two_requests_has_its_logs_in_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    made = replace(program([f"t{at}" for at in range(30)]), logs=Logs.KEPT)
    world = World()
    world.apply(made, Options(follow=False))
    stored(world, {"t0/stdout": "kept\n"})
    listing = world.batch.list_tasks

    def list_tasks(*args: Any, **more: Any) -> Any:
        world.batch.jobs.clear()
        return listing(*args, **more)

    monkeypatch.setattr(world.batch, "list_tasks", list_tasks)

    assert text(shown(world, made)) == {"t0/stdout": "kept\n"}


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
