"""logs: from the nodes and from storage, of the tasks that were named, and never silent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batchspec.compiler.program import Logs, Program
from batchspec.errors import UsageError
from batchspec.run import Options
from batchspec.run.events import FromStorage, NothingPrinted
from batchspec.run.logs import wanted_tasks
from tests.support.fakes import Behaviour
from tests.support.logs import MADE, begin, shown, stored, text
from tests.support.programs import program
from tests.support.world import World, of


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
    begin(world)

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
