"""What a person is told on turning away from a job: how things really stand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from batchspec.cli.views.left import Left
from batchspec.planning import Action, Change, Plan
from batchspec.ports import Counts
from batchspec.run import events as run


def of(kind: str) -> run.Event:
    return run.Planned(Plan("demo", (Change(kind, kind[0], Action.REPLACE),)))


CASES: dict[str, tuple[Sequence[run.Event], str]] = {
    "nothing yet": ([], "is not complete yet; the same command completes it"),
    "watched": ([run.CountsMoved(Counts())], "goes on"),
    "deleted": ([run.CountsMoved(Counts()), run.Removing("job", "j")], "is deleted, as on_finish says"),
    "without nodes": ([run.CountsMoved(Counts()), run.PoolResizing("p", 0)], "waits for nodes, which the same command"),
    "before it is replaced": ([of("job")], "is to be replaced; the same command goes on with that"),
    "while it is replaced": ([of("job"), run.Removing("job", "j")], "is being replaced; the same command"),
    "replaced": ([of("job"), run.Removing("job", "j"), run.JobReady("j", "created")], "is not complete yet"),
    "replaced and watched": (
        [of("job"), run.Removing("job", "j"), run.JobReady("j", "created"), run.CountsMoved(Counts())],
        "goes on",
    ),
    "paused": ([of("pool"), run.Draining("j", 2)], "is paused, and starts no task until the same command"),
    "paused, its pool gone": ([of("pool"), run.Draining("j", 0), run.Removing("pool", "p")], "is paused"),
    "paused, its pool there": (
        [of("pool"), run.Draining("j", 0), run.Removing("pool", "p"), run.PoolReady("p", created=True)],
        "is paused",
    ),
    "enabled again": (
        [run.Draining("j", 0), run.Updated("job", "j", "enabled again"), run.CountsMoved(Counts())],
        "goes on",
    ),
}


@pytest.mark.parametrize(("events", "words"), CASES.values(), ids=CASES)
def test_it_is_told_how_the_job_was_left(events: Sequence[run.Event], words: str) -> None:
    left = Left()
    for event in events:
        left.take(event)

    assert left.words("j").startswith(f"job j {words}")


def test_of_a_schedule_the_same_command_goes_on() -> None:
    assert Left().words(None) == "the same command goes on"
