"""What a person is told on turning away from a job: how things really stand."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from batchspec.cli.views.left import Left
from batchspec.cli.views.people import People
from batchspec.planning import Action, Change, Plan
from batchspec.ports import Counts
from batchspec.run import events as run

if TYPE_CHECKING:
    from batchspec.compiler.program import Program


def planned(action: Action, kind: str = "job") -> run.Event:
    return run.Planned(Plan("demo", (Change(kind, kind[0], action),)))


UP = run.Uploading(0, 2, 0, 9, 0)
MADE = run.JobReady("j", "created")
GOING = run.CountsMoved(Counts(running=1))
ENDED = run.CountsMoved(Counts(completed=2, succeeded=2))
DRAINED = [planned(Action.REPLACE, "pool"), run.Draining("j", 2, "p")]

CASES: dict[str, tuple[Sequence[run.Event], str]] = {
    "nothing yet": ([], "nothing was changed"),
    "planned": ([planned(Action.CREATE)], "nothing was changed"),
    "planned, and refused": ([planned(Action.NOTHING), run.Waiting("job", 2, "busy")], "nothing was changed"),
    "no job yet": (
        [planned(Action.CREATE), UP],
        "job j is not submitted yet; the same command goes on with that",
    ),
    "a job without its tasks": ([planned(Action.CREATE), UP, MADE], "job j is not complete yet; the same command"),
    "taken up": ([planned(Action.UPDATE), UP], "job j is not complete yet; the same command completes it"),
    "watched": ([GOING], "job j goes on"),
    "ended": ([GOING, ENDED], "the tasks of job j have ended; the same command says what they came to"),
    "ended, and its pool put to sleep": ([ENDED, run.PoolResizing("p", 0)], "the tasks of job j have ended"),
    "tried again": ([ENDED, GOING], "job j goes on"),
    "ended before": ([run.JobReady("j", "completed")], "the tasks of job j have ended"),
    "ended by us": ([GOING, run.JobTerminated("j", "blocked")], "the tasks of job j have ended"),
    "deleted": ([GOING, run.Removing("job", "j")], "job j is deleted, as on_finish says"),
    "without nodes": ([GOING, run.PoolResizing("p", 0)], "job j waits for nodes, which the same command"),
    "before it is replaced": (
        [planned(Action.REPLACE)],
        "job j is to be replaced; the same command goes on with that",
    ),
    "while it is replaced": ([planned(Action.REPLACE), run.Removing("job", "j")], "job j is being replaced; the same"),
    "replaced": ([planned(Action.REPLACE), run.Removing("job", "j"), MADE], "job j is not complete yet"),
    "replaced and watched": ([planned(Action.REPLACE), run.Removing("job", "j"), MADE, GOING], "job j goes on"),
    "paused": (DRAINED, "job j is paused, and starts no task until the same command"),
    "paused, its pool gone": ([*DRAINED, run.Removing("pool", "p")], "job j is paused"),
    "paused, its pool there": ([*DRAINED, run.PoolReady("p", created=True)], "job j is paused"),
    "enabled again": ([*DRAINED, run.Updated("job", "j", "enabled again"), GOING], "job j goes on"),
}


@pytest.mark.parametrize(("events", "words"), CASES.values(), ids=CASES)
def test_it_is_told_how_the_job_was_left(events: Sequence[run.Event], words: str) -> None:
    left = Left()
    for event in events:
        left.take(event)

    assert left.words("j").startswith(words)


def test_of_a_schedule_the_same_command_goes_on() -> None:
    left = Left()
    left.take(UP)

    assert left.words(None) == "the same command goes on"


ENDS: dict[str, tuple[Sequence[run.Event], bool]] = {
    "nothing yet": ([], False),
    "no job yet": ([planned(Action.CREATE), UP], False),
    "a job": ([planned(Action.CREATE), MADE], True),
    "taken up": ([planned(Action.NOTHING), UP], True),
    "another is to take its place": ([planned(Action.REPLACE)], False),
    "paused": (DRAINED, True),
    "ended": ([GOING, ENDED], False),
    "deleted": ([GOING, run.Removing("job", "j")], False),
}


@pytest.mark.parametrize(("events", "ends"), ENDS.values(), ids=ENDS)
def test_a_job_can_be_cancelled_only_where_it_goes_on(events: Sequence[run.Event], ends: bool) -> None:
    left = Left()
    for event in events:
        left.take(event)

    assert left.goes_on is ends


AGAIN = "  come back with: batchspec apply a.yaml --results there"
COMMANDS: dict[str, tuple[Sequence[run.Event], list[str]]] = {
    "before the job is there": ([planned(Action.CREATE), UP], [f"{AGAIN} --rerun"]),
    "while it goes on": ([planned(Action.CREATE), MADE, GOING], [AGAIN, "  end it with:    batchspec cancel a.yaml"]),
    "when it is deleted": ([MADE, GOING, run.Removing("job", "j")], [AGAIN]),
}


@pytest.mark.parametrize(("events", "told"), COMMANDS.values(), ids=COMMANDS)
def test_it_is_told_which_commands_come_back_and_end_it(
    capsys: pytest.CaptureFixture[str], events: Sequence[run.Event], told: list[str]
) -> None:
    people = People()
    people.events(iter(events))
    capsys.readouterr()

    program = cast("Program", SimpleNamespace(job_id="j"))
    people.detached(program, ["a.yaml", "--results", "there"], ["--rerun"], ["a.yaml"])

    assert capsys.readouterr().out.splitlines()[2:] == told
