"""What tasks print is shown while they run: whole, and of small jobs by itself."""

from __future__ import annotations

from batchspec.run import Options
from batchspec.run.events import Output, TaskMoved, Unfollowed
from tests.support.fakes import Behaviour
from tests.support.programs import program
from tests.support.world import World, of


def test_what_a_task_prints_is_whole_before_its_end_is_told() -> None:
    text = "".join(f"zeile {n} ä€😀\n" for n in range(50)) + "no end of line"
    world = World({"a": Behaviour(seconds=5.0, stdout=text, stderr="oops\n")})

    events, _ = world.apply(program(["a"]))

    printed = "".join(event.text for event in of(events, Output) if event.stream == "stdout")
    assert printed == text
    ends = [at for at, event in enumerate(events) if isinstance(event, TaskMoved) and event.task.succeeded]
    outputs = [at for at, event in enumerate(events) if isinstance(event, Output)]
    assert len(outputs) > 2, "shown while it ran, not only at its end"
    assert max(outputs) < ends[0]


def test_large_jobs_are_not_followed_unless_asked_for() -> None:
    behaviours = {"t0": Behaviour(stdout="hello\n")}
    made = program([f"t{n}" for n in range(101)])

    quiet, _ = World(behaviours).apply(made)
    unwanted, _ = World(behaviours).apply(made, Options(follow=False))
    followed, _ = World(behaviours).apply(made, Options(follow=True))

    assert not of(quiet, Output)
    assert of(quiet, Unfollowed) == [Unfollowed(101, 100)]
    assert not of(unwanted, Unfollowed)
    assert not of(followed, Unfollowed)
    assert of(followed, Output) == [Output("t0", "stdout", "hello\n")]
