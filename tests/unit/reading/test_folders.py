"""Which files of a folder are specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec.errors import UnreadableFile
from batchspec.reading import load
from batchspec.reading.folders import holds_spec, may_hold_spec, yaml_files
from batchspec.source import SourceFile


def test_yaml_files_at_any_depth_sorted_and_nothing_hidden(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "sub/deep/c.yaml", "d.json", ".git/e.yaml", "sub/.cache/f.yaml", ".g.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    found = [path.relative_to(tmp_path).as_posix() for path in yaml_files(tmp_path)]

    assert found == [".g.yaml", "a.yml", "b.yaml", "sub/deep/c.yaml"]


def test_links_that_lead_out_are_not_followed_and_nothing_is_found_twice(tmp_path: Path) -> None:
    inside, outside = tmp_path / "specs", tmp_path / "elsewhere"
    (inside / "sub").mkdir(parents=True)
    outside.mkdir()
    (inside / "sub/a.yaml").write_text("")
    (outside / "secret.yaml").write_text("")
    (inside / "out.yaml").symlink_to(outside / "secret.yaml")
    (inside / "out").symlink_to(outside)
    (inside / "again").symlink_to(inside / "sub")
    (inside / "gone.yaml").symlink_to(inside / "nothing.yaml")
    (inside / "round.yaml").symlink_to(inside / "round.yaml")
    (inside / "alias.yaml").symlink_to(inside / "sub/a.yaml")

    found = [path.relative_to(inside).as_posix() for path in yaml_files(inside)]

    assert found == ["alias.yaml", "sub/a.yaml"]


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()

    assert yaml_files(tmp_path) == []


def test_a_folder_that_cannot_be_listed_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        yaml_files(tmp_path / "gone")


# The text, and whether it is a spec, or was meant to be one.
TEXTS = {
    "a spec": ("batchspec: v1\n", True),
    "a spec in flow style": ("{batchspec: v1}\n", True),
    "the second document": ("a: 1\n---\nbatchspec: v1\n", True),
    "a spec with a mistake in its YAML": ("batchspec: v1\nname: [\n", True),
    "a key further down": ("tool:\n  batchspec: v1\n", False),
    "a value": ("name: batchspec\n", False),
    "a word of a text": ("text: |\n  batchspec: v1\n", False),
    "a list": ("- batchspec\n", False),
    "other YAML with a mistake": ("tool: [batchspec\n", False),
    "nothing": ("# batchspec: v1\n", False),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_a_spec_says_so(text: str, expected: bool) -> None:
    source = SourceFile("a.yaml", text.encode())

    assert may_hold_spec(source)
    assert holds_spec(source, load(source)) is expected


def test_what_has_the_word_nowhere_is_not_read() -> None:
    assert not may_hold_spec(SourceFile("a.yaml", b"services: [web]\n"))
