"""The command line's last resort."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec.emulator import __main__ as program


def test_a_bug_exits_with_70_and_its_traceback_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Path) -> str:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(program, "stop", broken)

    assert program.main(["stop", "--root", str(tmp_path)]) == 70
    assert "ZeroDivisionError" in caplog.text


def test_the_directory_is_the_projects_own_unless_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert program.main(["stop"]) == 0
    assert capsys.readouterr().out == "no emulator runs in .batchspec/local\n"
