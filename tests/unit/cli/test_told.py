"""What the views make of events."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from batchspec.cli.views.lines import JsonLines
from batchspec.cli.views.people import People
from batchspec.cli.views.tables import verdict
from batchspec.ports import TaskView
from batchspec.run import Report, Verdict
from batchspec.run.events import TaskRetried

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("state", "exit_code", "told"),
    [
        ("running", 7, "task a: try 2 after exit code 7"),
        ("running", None, "task a: try 2"),
        ("completed", 0, "task a: try 2"),
    ],
    ids=["after an exit code", "after one that is not told any more", "seen when it was over"],
)
def test_a_retry_is_one_line(capsys: pytest.CaptureFixture[str], state: str, exit_code: int | None, told: str) -> None:
    People().events(iter([TaskRetried(TaskView("a", state, NOW, exit_code=exit_code, retries=1))]))

    assert capsys.readouterr().out == f"{told}\n"


def test_a_retry_is_an_object_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLines().events(iter([TaskRetried(TaskView("a", "running", NOW, exit_code=7, retries=1))]))

    told = json.loads(capsys.readouterr().out)
    assert (told["event"], told["task"]["retries"], told["task"]["exit_code"]) == ("task_retried", 1, 7)


@pytest.mark.parametrize("outcome", Verdict)
def test_every_verdict_has_words_and_an_exit_code(outcome: Verdict) -> None:
    report = Report(outcome, "pool", "job")

    assert verdict(report, 1.0).startswith("job ")
    assert int(report.exit_code) in range(7)
