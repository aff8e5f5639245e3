from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from batchspec.cli.views import tables
from batchspec.ports import DRAINED_KEY, Counts, JobView
from batchspec.run.report import Report, TaskRow, Verdict
from batchspec.run.status import Status

GOOD = TaskRow("split", "completed", True, 0, 1.25, "node-1")
BAD = TaskRow("merge", "completed", False, 3, 61.0, "node-2", retries=2)


def test_tasks_are_aligned_columns() -> None:
    assert list(tables.tasks([GOOD, BAD], 0)) == [
        "task   state           exit  duration    node",
        "split  succeeded       0     1.2 s       node-1",
        "merge  failed (try 3)  3     1 min 01 s  node-2",
    ]


def test_of_many_tasks_those_that_did_not_succeed_are_shown() -> None:
    rows = [TaskRow(f"t-{at}", "completed", True, 0) for at in range(100)] + [BAD]

    shown = list(tables.tasks(rows, 7))

    assert shown[1].startswith("merge")
    assert shown[2:] == ["... and 107 more tasks"]


def test_of_many_that_did_not_succeed_the_rest_is_counted() -> None:
    rows = [TaskRow(f"t-{at}", "completed", at >= 40, 0) for at in range(100)]

    assert list(tables.tasks(rows, 0))[-1] == "... and 70 more tasks, 10 of which have not succeeded either"


def test_how_long_a_task_has_run_is_told_where_the_time_is_known() -> None:
    row = TaskRow("a", "running", node_id="n", started=datetime(2026, 1, 1, 12, tzinfo=timezone.utc))
    now = datetime(2026, 1, 1, 12, 1, 1, tzinfo=timezone.utc)

    assert list(tables.tasks([row], 0, now))[1].split() == ["a", "running", "1", "min", "01", "s", "n"]
    assert "1 min" not in list(tables.tasks([row], 0))[1]


def test_when_all_of_many_succeeded_no_table_is_shown() -> None:
    assert list(tables.tasks([GOOD] * 31, 0)) == []


DURATIONS = {None: "", 0.04: "0.0 s", 59.9: "59.9 s", 61: "1 min 01 s", 3600: "1 h 00 min", 90061: "25 h 01 min"}


@pytest.mark.parametrize(("seconds", "shown"), DURATIONS.items())
def test_durations_are_for_people(seconds: float | None, shown: str) -> None:
    assert tables.duration(seconds) == shown


SIZES = {0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 6_900_000: "6.9 MB", 2_500_000_000: "2.5 GB"}


@pytest.mark.parametrize(("count", "shown"), SIZES.items())
def test_sizes_are_for_people(count: int, shown: str) -> None:
    assert tables.size(count) == shown


def test_the_verdict_counts_what_became_of_the_tasks() -> None:
    counts = Counts(active=2, running=1, completed=4, succeeded=3, failed=1)
    report = Report(Verdict.FAILED, "pool", "job-1", counts, blocked=2)

    assert tables.verdict(report, 61) == "job-1 failed: 3 succeeded, 1 failed, 2 blocked, 1 left (1 min 01 s)"


def test_of_a_job_that_had_ended_its_own_time_is_told() -> None:
    report = Report(Verdict.SUCCEEDED, "pool", "job-1", Counts(completed=1, succeeded=1), took=61.0)

    assert tables.verdict(report, 0.04) == "job-1 succeeded: 1 succeeded (1 min 01 s)"


GONE = Status("pool", "job-1")
HALTED = JobView("job-1", "disabled", "1", {DRAINED_KEY: "pool"}, "pool", armed=True)
JOBS = {
    "never applied": (GONE, "job job-1: is not there"),
    "on_finish deletes it": (
        replace(GONE, deletes=True),
        "job job-1: is not there; on_finish deletes it when it has ended",
    ),
    "its pool is replaced": (replace(GONE, job=HALTED), "job job-1: disabled, paused while its pool is replaced"),
}


@pytest.mark.parametrize(("found", "line"), JOBS.values(), ids=JOBS)
def test_the_job_has_a_line_in_words(found: Status, line: str) -> None:
    assert line in list(tables.status(found))
