from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given, strategies as st

from batchspec.ports import Counts, TaskView
from batchspec.run import tracker as tracking
from batchspec.run.tracker import Tracker
from tests.support.programs import program

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
MOVES = ("running", "completed")


def view(number: int, state: str, second: float, *, good: bool = True) -> TaskView:
    done = state == "completed"
    since = START + timedelta(seconds=second)
    return TaskView(f"t{number}", state, since, succeeded=good if done else None)


@given(st.permutations([(number, step) for number in range(4) for step in range(2)]), st.data())
def test_moves_in_any_order_and_told_again_come_to_the_same(moves: list[tuple[int, int]], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(moves)))
    tracker = Tracker([])

    news = [tracker.update(view(number, MOVES[step], step)) for number, step in [*moves, *again]]

    assert tracker.completed == 4
    assert not tracker.running
    assert not any(news[len(moves) :])


def test_the_next_listing_reaches_back_behind_the_newest_stamp() -> None:
    tracker = Tracker([])
    assert tracker.since is None

    tracker.update(view(0, "completed", 10.0))

    assert tracker.since == START + timedelta(seconds=9.75)


def test_the_listing_grows_until_all_that_the_counts_know_is_known() -> None:
    tracker = Tracker([])
    tracker.update(view(0, "completed", 10_000.0))

    reach = []
    while not tracker.reconcile(Counts(completed=2, succeeded=2)):
        reach.append(tracker.since)
        if tracker.since is None:
            tracker.update(view(1, "completed", 0.0))

    assert reach[0] == START + timedelta(seconds=9_999)
    assert reach[-1] is None


def test_a_task_that_is_run_again_counts_as_one() -> None:
    tracker = Tracker([])
    tracker.update(view(0, "completed", 1.0, good=False))
    tracker.update(view(0, "running", 2.0))

    assert (tracker.completed, list(tracker.running), dict(tracker.failed)) == (0, ["t0"], {})

    tracker.update(view(0, "completed", 3.0))

    assert tracker.completed == 1
    assert tracker.succeeded("t0")


def test_what_waits_for_a_task_that_failed_is_blocked_until_that_runs_again() -> None:
    tracker = Tracker(program({"t0": [], "t1": ["t0"], "t2": ["t1"]}).tasks)
    assert tracker.blocked == frozenset()

    tracker.update(view(0, "completed", 1.0, good=False))
    assert tracker.blocked == {"t1", "t2"}

    tracker.update(view(0, "running", 2.0))
    assert tracker.blocked == frozenset()


def test_what_has_completed_is_known_though_a_listing_does_not_have_it() -> None:
    tracker = Tracker([])
    tracker.update(view(0, "completed", 1.0))
    tracker.update(view(1, "running", 1.0))
    tracker.update(view(2, "running", 1.0))

    tracker.forget_others({"t2"})

    assert (list(tracker.seen), list(tracker.running)) == (["t0", "t2"], ["t2"])


def test_a_huge_job_keeps_the_rows_of_those_that_failed() -> None:
    tracker = Tracker([])
    ids = [f"t{number}" for number in range(tracking.KEPT + 500)]
    for number in range(len(ids)):
        tracker.update(view(number, "completed", number, good=number != len(ids) - 1))

    rows, omitted = tracker.rows(ids)

    assert (len(rows), omitted) == (tracking.KEPT, 500)
    assert rows[-1].id == ids[-1]
    assert rows[-1].succeeded is False


def test_a_state_is_known_when_it_is_the_last_that_was_seen() -> None:
    tracker = Tracker([])
    tracker.update(view(0, "running", 1.0))

    assert tracker.is_known("t0", "running")
    assert not tracker.is_known("t0", "completed")
    assert not tracker.is_known("t1", "running")
