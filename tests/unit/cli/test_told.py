"""What the views make of events."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from batchspec import api
from batchspec.cli.given import Given
from batchspec.cli.main import run
from batchspec.cli.ready import ready
from batchspec.cli.views import sentences
from batchspec.cli.views.lines import JsonLines
from batchspec.cli.views.people import People
from batchspec.cli.views.tables import verdict
from batchspec.diag import Diagnostic
from batchspec.errors import ExitCode
from batchspec.ports import FINGERPRINT_KEY, OWNER_KEY, TASKS_KEY, Counts, JobView, PoolView, TaskView
from batchspec.run import Report, Verdict
from batchspec.run.events import Draining, Event, Finished, Removed, Removing, TaskRetried, Waiting
from batchspec.run.report import Finding, TaskRow
from batchspec.run.status import Status
from tests.support.fakes import FakeClock

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


MARKS = {OWNER_KEY: "demo", FINGERPRINT_KEY: "f" * 64, TASKS_KEY: "a" * 64}
SECRET = {"commandLine": "echo open-sesame"}
FOUND = Status(
    "p",
    "j",
    PoolView("p", "active", "steady", "1", MARKS, 1, 1, body=SECRET),
    job=JobView("j", "completed", "1", MARKS, "p", armed=True, terminate_reason="x\x1b]0;evil\x07y", body=SECRET),
)


def test_a_status_for_machines_has_a_version_and_nothing_that_a_secret_went_into(
    capsys: pytest.CaptureFixture[str],
) -> None:
    JsonLines().status(FOUND)

    line = capsys.readouterr().out
    told = json.loads(line)
    assert (told["format_version"], told["pool"]["metadata"][OWNER_KEY]) == ("1.0", "demo")
    assert not [word for word in ("ffff", "aaaa", "open-sesame", FINGERPRINT_KEY, TASKS_KEY) if word in line]


def test_where_no_row_of_a_task_is_shown_there_is_one_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows = tuple(TaskRow(f"t-{at}", "completed", succeeded=True) for at in range(40))
    report = Report(Verdict.SUCCEEDED, "p", "j", Counts(completed=40, succeeded=40), tasks=rows)

    People().events(iter([Finished(report)]))

    first, second, *_ = capsys.readouterr().out.splitlines()
    assert (first, bool(second)) == ("", True)


def test_no_reason_that_somebody_gave_a_job_gives_the_terminal_orders(capsys: pytest.CaptureFixture[str]) -> None:
    People().status(FOUND)
    People().events(iter([Waiting("job", 2.0, "\x1b[31mbusy")]))

    assert "\x1b" not in (shown := capsys.readouterr().out)
    assert "job j: completed (xy)" in shown
    assert "waiting 2 s: job: busy" in shown


@pytest.mark.parametrize("machine", [True, False])
def test_a_watch_that_ends_says_why(capsys: pytest.CaptureFixture[str], machine: bool) -> None:
    stuck = Finding(Diagnostic("BS810", 'pool "p" was deleted', None, ""), "its last line")
    found = replace(FOUND, stuck=(stuck,))

    (JsonLines() if machine else People()).statuses(iter([FOUND, found]))

    *_, last = capsys.readouterr().out.splitlines()
    if machine:
        assert json.loads(last)["stuck"][0]["diagnostic"]["code"] == "BS810"
    else:
        assert last == "  | its last line"


def test_what_is_said_again_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    People().events(iter([Removing("pool", "p"), Removing("pool", "p")]))

    assert capsys.readouterr().out == "pool p: being deleted\n"


WARNED = """\
batchspec: v1
name: w
pool: {id: w, vm_size: standard_d2s_v5, image: ubuntu-24.04, nodes: {dedicated: 1}}
job: {id: w}
tasks: [{id: a, command: "true && false"}]
"""


def test_machines_are_told_of_warnings_before_an_apply_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "w.yaml"
    spec.write_text(WARNED)
    monkeypatch.setattr(api, "connect", lambda *_: nullcontext(SimpleNamespace(clock=FakeClock())))

    with ready([spec], Given(target="local"), machine=True, applied=True):
        pass

    told = json.loads(capsys.readouterr().out)
    assert told["event"] == "findings"
    assert told["summary"]["warning"] + told["summary"]["note"] > 0


def test_gc_tells_machines_what_is_wrong_with_the_specs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("batchspec: v1\nname: [\n")

    code = run(["gc", str(spec), "--json", "--target", "local"])

    told = json.loads(capsys.readouterr().out)
    assert (code, told["event"]) == (ExitCode.SPEC_HAS_ERRORS, "findings")


def test_gc_tells_machines_of_a_spec_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["gc", str(tmp_path / "none.yaml"), "--json", "--target", "local"])

    told = json.loads(capsys.readouterr().out)
    assert (code, told["event"]) == (ExitCode.SPEC_HAS_ERRORS, "error")


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Draining("j", 2, "p"), "job j: paused while pool p is replaced; 2 tasks still running"),
        (Draining("j", 0, "p"), "job j: paused while pool p is replaced"),
        (Draining("j", 1, "p", "q"), "job j: paused to move from pool p to pool q; 1 task still running"),
        (Draining("j", 0, "p", ""), "job j: paused to move from pool p to one of its own"),
        (Removed("tasks", "j", 1), "job j: 1 task removed"),
        (Removed("tasks", "j", 2000), "job j: 2,000 tasks removed"),
        (Removed("job", "j"), "job j: removed"),
        (Removed("job schedule", "s", 24), "job schedule s: 24 removed"),
    ],
)
def test_what_happens_is_told_in_a_sentence(event: Event, told: str) -> None:
    assert sentences.of(event) == told
