"""The command line's last resort."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from batchspec.emulator import __main__ as program
from batchspec.emulator.home import Home


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


@pytest.mark.parametrize(
    "cause",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/state.db"),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        sqlite3.OperationalError("database or disk is full"),
    ],
    ids=["space", "quota", "database"],
)
def test_a_full_disk_is_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cause: Exception
) -> None:
    def full(root: Path) -> str:
        with Home(root).explained("state.db"):
            raise cause

    monkeypatch.setattr(program, "stop", full)

    assert program.main(["stop", "--root", str(tmp_path)]) == 4
    said = (
        f"the disk that holds {tmp_path} is full; make room there, or remove all that has run here with:"
        f" batchspec emulator reset --root {tmp_path}"
    )
    assert capsys.readouterr().err == f"batchspec emulator: {said}\n"
