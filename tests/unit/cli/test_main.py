from __future__ import annotations

import pytest

from batchspec import api
from batchspec.cli.main import run
from batchspec.errors import ExitCode, LocalFailure


def test_an_expected_failure_is_one_message_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LocalFailure("the disk is full", "make room")

    monkeypatch.setattr(api, "validate", fail)

    code = run(["validate", "spec.yaml"])

    assert code == ExitCode.SERVICE
    assert capsys.readouterr().err == "batchspec: the disk is full\n  hint: make room\n"


def test_a_bug_is_a_report_worth_pasting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(api, "validate", fail)

    code = run(["validate", "spec.yaml"])

    assert code == ExitCode.BUG
    assert "this is a bug in batchspec" in (said := capsys.readouterr().err)
    assert "ZeroDivisionError" in said


@pytest.mark.parametrize("arguments", [["validate"], ["aply"], ["validate", "x", "--fast"]])
def test_usage_errors_end_with_their_code(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == ExitCode.USAGE
    assert "Usage:" in capsys.readouterr().err


def test_help_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "--help"]) == ExitCode.OK
    assert "Example: batchspec apply" in capsys.readouterr().out
