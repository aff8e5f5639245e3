"""reset removes what is ours, when it may, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.contract.lifecycle.support import DEADLINE, refused, run
from tests.support.emulator import Emulator, running_emulator


def test_reset_removes_what_is_ours_and_nothing_else(root: Path) -> None:
    with running_emulator(root) as emulator, emulator.blobs() as blobs:
        blobs.create_container("things").upload_blob("x", b"x")
    (root / "notes.txt").write_text("mine")
    (root / "nodes" / "locked").mkdir(mode=0o000)

    removed = run("reset", root)

    assert removed.returncode == 0
    assert [path.name for path in root.iterdir()] == ["notes.txt"]
    for name in ("account.json", "blobs.db", "state.db", "blobs", "nodes"):
        assert name in removed.stdout


def test_reset_leaves_alone_where_no_emulator_has_lived(root: Path) -> None:
    for name in ("nodes", "blobs", "trash"):
        (root / name).mkdir(parents=True)
        (root / name / "mine").write_text("")
    (root / "lock").write_text("of another program")
    (root / "account.json").write_text('{"account": "mine"}')
    before = sorted(root.rglob("*"))

    for options in ((), ("--force",)):
        said = refused("reset", root, *options)

        assert f"no emulator has lived in {root}" in said
    assert sorted(root.rglob("*")) == before


def test_reset_works_on_what_a_kill_left(root: Path) -> None:
    with running_emulator(root) as emulator:
        emulator.process.kill()
        emulator.process.wait()
    (root / "account.json").unlink()

    assert run("reset", root).returncode == 0
    assert not root.exists()


def test_reset_refuses_while_it_runs_unless_forced(emulator: Emulator) -> None:
    refused("reset", emulator.root)
    forced = run("reset", emulator.root, "--force")

    assert forced.returncode == 0
    assert emulator.process.wait(DEADLINE) == 0
    assert not emulator.root.exists()
