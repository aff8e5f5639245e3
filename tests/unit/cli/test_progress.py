"""How far long work is: lines now and then where no terminal shows a bar."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from batchspec.cli.views.people import People
from batchspec.cli.views.progress import PAUSE, Progress
from batchspec.ports import Counts
from batchspec.run.events import CountsMoved, Downloading, Event, TasksAdded, Unfollowed, Uploading
from tests.support.fakes import FakeClock
from tests.support.programs import program

# Seconds, how many of 100 are done then, and whether a line tells of it.
MOVES = {
    "nothing yet": [(0, 0, False), (100, 0, False)],
    "soon after the start": [(0, 0, False), (PAUSE - 1, 50, False)],
    "a tenth": [(0, 0, False), (PAUSE, 10, True)],
    "less than a tenth": [(0, 0, False), (PAUSE, 9, False), (PAUSE, 10, True)],
    "a tenth that came early": [(0, 0, False), (1, 10, False), (PAUSE, 11, True)],
    "the same tenth": [(0, 0, False), (PAUSE, 10, True), (2 * PAUSE, 19, False), (0, 20, True)],
    "much at once": [(0, 0, False), (PAUSE, 50, True), (1, 90, False), (PAUSE, 95, True)],
    "the end": [(0, 0, False), (PAUSE, 100, False)],
}


@pytest.mark.parametrize("moves", MOVES.values(), ids=MOVES)
def test_a_line_tells_of_another_tenth_and_not_too_often(
    capsys: pytest.CaptureFixture[str], moves: Sequence[tuple[float, int, bool]]
) -> None:
    clock = FakeClock()
    progress = Progress(live=False, now=clock.monotonic)
    for pause, done, told in moves:
        clock.sleep(pause)
        progress.show("stage", done, 100, f"{done} of 100")

        assert capsys.readouterr().out == (f"{done} of 100\n" if told else "")


def test_each_stage_is_told_from_its_start(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    progress = Progress(live=False, now=clock.monotonic)
    for stage in ("one", "two"):
        progress.show(stage, 0, 10, "")
        clock.sleep(PAUSE)
        progress.show(stage, 5, 10, f"{stage}: 5 of 10")

    assert capsys.readouterr().out == "one: 5 of 10\ntwo: 5 of 10\n"


EVENTS: dict[str, tuple[Event, str]] = {
    "an upload": (
        Uploading(1, 3, 300_000_000, 600_000_000, 0),
        "inputs: 1 of 3 uploaded, 300.0 MB of 600.0 MB\n",
    ),
    "a download": (
        Downloading(1, 3, 300_000_000, 600_000_000),
        "outputs: 1 of 3 downloaded, 300.0 MB of 600.0 MB\n",
    ),
    "tasks that are added": (TasksAdded(20_000, 100_000), "tasks: 20,000 of 100,000 added\n"),
    "tasks that end": (
        CountsMoved(Counts(active=3000, running=1, completed=2000, succeeded=2000)),
        "tasks: 2,000 of 5,001 ended, 1 running, 3,000 waiting\n",
    ),
}


@pytest.mark.parametrize(("event", "told"), EVENTS.values(), ids=EVENTS)
def test_what_takes_long_is_told_of_in_a_log_too(capsys: pytest.CaptureFixture[str], event: Event, told: str) -> None:
    clock = FakeClock()
    people = People(clock.monotonic)
    people.program(program([f"t{at}" for at in range(5001)]))
    people.events(iter([event]))
    clock.sleep(PAUSE)
    people.events(iter([event]))

    assert capsys.readouterr().out == told


def test_of_few_tasks_each_move_has_a_line_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    people = People(clock.monotonic)
    people.program(program(["a", "b"]))
    for completed in (0, 1):
        clock.sleep(PAUSE)
        people.events(iter([CountsMoved(Counts(running=1, completed=completed))]))

    assert capsys.readouterr().out == ""


def test_that_outputs_are_not_shown_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    People().events(iter([Unfollowed(101, 100)]))

    assert capsys.readouterr().out == (
        "what tasks print is not shown for more than 100 of them: --follow shows it, and batchspec logs\n"
    )
