"""What once broke something, through every target again; and the oracle itself, which must see what it is there for."""

from __future__ import annotations

import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fuzz.judge import MOST_CPU, judge
from tests.fuzz.oracle import Broken, watched
from tests.fuzz.seeds import corpus
from tests.fuzz.targets import TARGETS, prepare


@pytest.mark.parametrize("path", corpus(), ids=[path.name for path in corpus()])
def test_what_once_broke_something_breaks_nothing(path: Path, tmp_path: Path) -> None:
    prepare(tmp_path)

    verdicts = [judge(target, path.read_bytes(), tmp_path) for target in TARGETS]

    assert [one.fault for one in verdicts if one.fault and one.cpu < MOST_CPU] == []


def test_the_oracle_sees_what_is_opened_written_and_started(tmp_path: Path) -> None:
    (tmp_path / "inside").write_text("x")
    link = tmp_path / "link"
    link.symlink_to("/etc")
    for act in (
        lambda: Path("/etc/passwd").read_bytes(),
        lambda: (link / "passwd").read_bytes(),
        lambda: list(link.iterdir()),
        lambda: (tmp_path / "new").write_text("x"),
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: subprocess.run(["true"], check=True),
    ):
        with pytest.raises(Broken), watched(tmp_path):
            act()


def test_the_oracle_sees_what_was_caught(tmp_path: Path) -> None:
    def careless() -> None:
        with suppress(Broken):
            Path("/etc/passwd").read_bytes()

    with pytest.raises(Broken), watched(tmp_path):
        careless()


def test_the_oracle_lets_the_spec_s_own_files_pass(tmp_path: Path) -> None:
    (tmp_path / "inside").write_text("x")

    with watched(tmp_path):
        assert (tmp_path / "inside").read_text() == "x"
