"""Inputs go up once, whole, as they were read; without files storage is not asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batchspec.errors import LocalFailure
from batchspec.run.events import Uploading
from tests.support.outputs import output_file
from tests.support.programs import input_of, program
from tests.support.world import World, of


def test_only_what_the_container_lacks_is_uploaded(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).write_text(name)
    one, two, three = uploads = tuple(input_of(tmp_path / name) for name in ("one", "two", "three"))
    world = World()
    world.blobs.ensure_container("demo")
    world.blobs.containers["demo"][two.blob] = b"two"

    events, _ = world.apply(program(["a"], uploads=uploads))

    assert sorted(world.blobs.uploads) == sorted([one.blob, three.blob])
    assert of(events, Uploading)[-1] == Uploading(2, 2, 8, 8, 1)


def test_a_large_input_is_told_of_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").write_bytes(b"x" * 1000)
    wanted = input_of(tmp_path / "in")
    world = World()

    def in_pieces(*arguments: Any, **_: object) -> None:
        for piece in (400, 1, 599):
            arguments[-1](piece)

    monkeypatch.setattr(world.blobs, "upload", in_pieces)

    events, _ = world.apply(program(["a"], uploads=(wanted,)))

    told = [(event.done, event.bytes_done) for event in of(events, Uploading)]
    assert told == [(0, 0), (0, 400), (1, 1000)]  # of what is read and not sent yet, and of one byte more, nothing


def test_a_stored_input_of_another_size_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("whole")
    wanted = input_of(tmp_path / "in")
    world = World()
    world.blobs.containers["demo"] = {wanted.blob: b"who"}

    world.apply(program(["a"], uploads=(wanted,)))

    assert world.blobs.containers["demo"] == {wanted.blob: b"whole"}


@pytest.mark.parametrize("text", ["new", "newer"], ids=["of the same size", "of another size"])
def test_an_input_that_changed_since_it_was_read_is_never_stored(tmp_path: Path, text: str) -> None:
    (tmp_path / "in").write_text("old")
    wanted = input_of(tmp_path / "in")
    (tmp_path / "in").write_text(text)
    world = World()

    with pytest.raises(LocalFailure):
        world.apply(program(["a"], uploads=(wanted,)))

    assert world.blobs.containers == {"demo": {}}


def test_the_container_is_there_for_tasks_that_store_and_fetch_nothing_else() -> None:
    world = World()
    made = program(["a"])
    made.tasks[0].body.output_files = [output_file("x", "https://c", "outputs/x", "tasksuccess")]

    world.apply(made)

    assert world.blobs.containers == {"demo": {}}


def test_without_files_no_storage_is_asked_for() -> None:
    world = World()

    world.apply(program(["a"]))

    assert world.blobs.faults.count == 0
