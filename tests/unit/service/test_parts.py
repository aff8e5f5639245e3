"""Files are whole or not there, and what a killed process has left goes with the next download."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from batchspec.service.parts import Parts

_WRITER = """
import sys, time
from pathlib import Path
from batchspec.service.parts import Parts
with Parts().whole(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print(flush=True)
    time.sleep(60)
"""


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    with Parts().whole(tmp_path / "out") as file:
        file.write(b"all")
        assert not (tmp_path / "out").exists()

    assert (tmp_path / "out").read_bytes() == b"all"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_did_not_become_whole_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"before")

    with suppress(ValueError), Parts().whole(tmp_path / "out") as file:
        file.write(b"half")
        raise ValueError

    assert (tmp_path / "out").read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_takes_the_place_of_a_link_and_leaves_what_that_leads_to(tmp_path: Path) -> None:
    other, out = tmp_path / "other", tmp_path / "out"
    other.write_bytes(b"before")
    out.symlink_to(other)

    with Parts().whole(out) as file:
        file.write(b"all")

    assert (out.is_symlink(), out.read_bytes(), other.read_bytes()) == (False, b"all", b"before")


def test_what_another_process_writes_stays_until_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path / "one")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        try:
            assert writer.stdout is not None
            writer.stdout.readline()
            with Parts().whole(tmp_path / "two"):
                assert len(list(tmp_path.glob(".one.*.part"))) == 1
        finally:
            writer.kill()

    with Parts().whole(tmp_path / "three"):
        pass

    assert sorted(path.name for path in tmp_path.iterdir()) == ["three", "two"]


def test_a_file_of_the_users_with_such_an_ending_stays(tmp_path: Path) -> None:
    kept = {"film.part", ".film.part", ".film.0123456.part", ".film.xxxxxxxx.part"}
    for name in kept:
        (tmp_path / name).touch()

    with Parts().whole(tmp_path / "out"):
        pass

    assert {path.name for path in tmp_path.iterdir()} == {*kept, "out"}
