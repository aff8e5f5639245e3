"""logs of many tasks: several are read at a time, with few requests, and shown in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from batchspec.compiler.program import Logs
from batchspec.ports import PIECE
from batchspec.run import Options, apply, logs
from batchspec.run.events import TaskMoved
from batchspec.run.follow import WORKERS
from tests.support.fakes import Behaviour, Faults
from tests.support.logs import FOLDER, MADE, shown, stored, text
from tests.support.programs import program
from tests.support.world import World

COUNT = 3 * WORKERS
IDS = [f"t{at}" for at in range(COUNT)]
MANY = replace(program(IDS), logs=Logs.KEPT)
WHOLE = {f"{one}/stdout": f"{one}\n" for one in IDS}


def ran() -> World:
    """A world in which all have completed; no requests are counted yet."""
    world = World({one: Behaviour(stdout=f"{one}\n") for one in IDS}, slots=COUNT)
    world.apply(MANY, Options(follow=False))
    stored(world, {**WHOLE, **{f"{one}/stderr": "" for one in IDS}})
    world.batch.faults.count = world.blobs.faults.count = 0
    return world


def on_nodes(_world: World) -> None:
    """What they printed is where they ran."""


def without_nodes(world: World) -> None:
    """The pool is gone."""
    world.batch.lost.update(IDS)


def without_job(world: World) -> None:
    """And the job."""
    world.batch.jobs.clear()


# Requests to the service and to storage, beside one for the job and one for the list of tasks or of blobs.
REQUESTS: Mapping[str, tuple[Callable[[World], None], dict[str, Any], tuple[int, int]]] = {
    "a file is one": (on_nodes, {}, (2 * COUNT + 2, 0)),
    "its last lines are two, none of it is one": (on_nodes, {"tail": 1}, (3 * COUNT + 2, 0)),
    "of a job that is gone what is not empty is read": (without_job, {}, (1, COUNT + 1)),
    "of a job that is gone sizes are known": (without_job, {"tail": 1}, (1, COUNT + 1)),
}


@pytest.mark.parametrize(("lose", "options", "requests"), REQUESTS.values(), ids=REQUESTS)
def test_no_more_is_asked_than_has_to_be(
    lose: Callable[[World], None], options: dict[str, Any], requests: tuple[int, int]
) -> None:
    world = ran()
    lose(world)

    printed = text(shown(world, MANY, **options))

    assert list(printed.items()) == list(WHOLE.items())
    assert (world.batch.faults.count, world.blobs.faults.count) == requests


@pytest.mark.parametrize("options", [{}, {"tail": 1}], ids=["whole", "last lines"])
def test_of_nodes_that_are_gone_a_few_tasks_are_asked_for_and_storage_for_the_rest(options: dict[str, Any]) -> None:
    world = ran()
    without_nodes(world)

    printed = text(shown(world, MANY, **options))

    assert list(printed.items()) == list(WHOLE.items())
    assert world.batch.faults.count <= 2 + WORKERS, "those that were asked for before it was known"
    assert world.blobs.faults.count <= COUNT + 1 + 3 * WORKERS


def test_what_storage_lacks_of_a_task_is_asked_of_its_node_though_the_files_of_others_are_gone() -> None:
    world = ran()
    world.batch.lost.update(IDS[:-1])
    for stream in ("stdout", "stderr"):
        del world.blobs.containers["demo"][f"{FOLDER}/{IDS[-1]}/{stream}.txt"]

    assert list(text(shown(world, MANY)).items()) == list(WHOLE.items())


def test_several_are_read_at_a_time_and_shown_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    world, together, turn = ran(), threading.Barrier(WORKERS), count()
    reading = world.batch.read_task_file

    def read(*args: Any, **more: Any) -> bytes:
        if next(turn) < WORKERS:
            together.wait(timeout=10)
        return reading(*args, **more)

    monkeypatch.setattr(world.batch, "read_task_file", read)

    assert list(text(shown(world, MANY)).items()) == list(WHOLE.items())


def test_who_interrupts_it_waits_for_what_is_under_way_and_nothing_else() -> None:
    world, threads = ran(), threading.active_count()
    steps = logs(MANY, world.batch, world.blobs, world.clock)

    next(steps)
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt())

    assert world.batch.faults.count <= 2 + 2 * (2 * WORKERS), "no more is read ahead than a few times as many"
    assert threading.active_count() == threads


@pytest.mark.parametrize("kind", Faults.KINDS)
def test_a_request_that_fails_once_changes_nothing_of_it(kind: str) -> None:
    whole = "one\ntwo\n" + "x" * PIECE + "\nthree\n"
    for k in range(1, 20):
        world = World({"a": Behaviour(stdout=whole), "c": Behaviour(stdout="C\n", stderr="E\n")})
        world.apply(MADE, Options(follow=False))
        world.batch.faults.count, world.batch.faults.k, world.batch.faults.kind = 0, k, kind

        assert text(shown(world)) == {"a/stdout": whole, "c/stdout": "C\n", "c/stderr": "E\n"}
        if not world.batch.faults.hit:
            return
    pytest.fail("it makes too many requests")


def test_of_a_task_that_prints_faster_than_we_read_what_was_there_is_shown() -> None:
    world = World({"a": Behaviour(seconds=1e6, stdout="yes\n" * (PIECE // 4), endless=True)})
    for event in apply(MADE, world.batch, world.blobs, world.clock, Options(follow=False)):
        if isinstance(event, TaskMoved):
            break

    assert len(text(shown(world, names=["a"]))["a/stdout"]) == PIECE
