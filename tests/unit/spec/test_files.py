"""Local files that inputs name: what a path or pattern means, and what leaves its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchspec.spec.files import is_pattern, kind, leaves, match
from tests.support.project import HEAD, Project

TREE = ("a.txt", "b.txt", "c.csv", "deep/a.txt", "deep/er/b.txt", "odd [1].txt")

# pattern: the files it means, by where they are put
MEANS = {
    "a.txt": ["a.txt"],
    "deep/a.txt": ["a.txt"],
    "*.txt": ["a.txt", "b.txt", "odd [1].txt"],
    "?.csv": ["c.csv"],
    "[ab].txt": ["a.txt", "b.txt"],
    "deep/*.txt": ["a.txt"],
    "deep/**": ["a.txt", "er/b.txt"],
    "**/b.txt": ["b.txt", "deep/er/b.txt"],
    "d*/a.txt": ["deep/a.txt"],
    "nothing.txt": [],
    "deep": [],
    "*.nothing": [],
    "x" * 300: [],
    f"{'x' * 300}/*": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(("pattern", "names"), MEANS.items(), ids=[pattern[:20] for pattern in MEANS])
def test_a_pattern_means_files_put_below_its_first_wildcard(folder: Path, pattern: str, names: list[str]) -> None:
    found = match(pattern, folder)

    assert [one.name for one in found] == names
    assert all(one.path.is_file() and one.path.as_posix().endswith(one.name) for one in found)


@pytest.mark.parametrize("path", ["/etc/passwd", "..", "../x", "a/../../x", "a\\b", "a\x00b"])
def test_a_path_that_leaves_its_folder_is_known(path: str) -> None:
    assert leaves(path)


@pytest.mark.parametrize("path", ["a", "a/b", "./a", "..a", "a..", ".hidden"])
def test_a_path_that_stays_is_left_alone(path: str) -> None:
    assert not leaves(path)


def test_what_cannot_be_looked_at_is_not_there(folder: Path) -> None:
    assert kind(folder / ("x" * 300)) == ""
    assert kind(folder) == "folder"
    assert is_pattern("a?")
    assert not is_pattern("a")


def test_links_that_leave_the_folder_are_no_files_of_it(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret").write_text("s")
    (folder / "kept").write_text("k")
    (folder / "inside").symlink_to(folder / "kept")
    (folder / "link").symlink_to(outside / "secret")
    (folder / "way").symlink_to(outside)

    found = [name for pattern in ("link", "way/secret", "*", "**") for name in match(pattern, folder)]

    assert {one.name for one in found} == {"kept", "inside"}


# a path, where it is written, and the files below the root that it means: without --allow-outside, and with it
REACHES = {
    "beside": ("a.txt", "in", ["a.txt"], ["a.txt"]),
    "up, but not out": ("../a.txt", "in", ["a.txt"], ["a.txt"]),
    "up, out and in again": ("../../tree/a.txt", "in", ["a.txt"], ["a.txt"]),
    "out": ("../../out/c.txt", "in", [], ["c.txt"]),
    "out, by a pattern": ("../../out/*.txt", "in", [], ["c.txt"]),
    "out, not plainly": ("x/../../../out/c.txt", "in", [], []),
    "out, behind a wildcard": ("*/../../../out/c.txt", "in", [], []),
    "out, by a link": ("link.txt", "in", [], []),
    "out, by a folder that is a link": ("way/c.txt", "in", [], []),
}


@pytest.mark.parametrize(("path", "place", "kept", "allowed"), REACHES.values(), ids=REACHES)
def test_only_what_says_so_leaves_the_tree_and_only_when_it_may(
    tmp_path: Path, path: str, place: str, kept: list[str], allowed: list[str]
) -> None:
    root, out = tmp_path / "tree", tmp_path / "out"
    for file in (root / "a.txt", root / "in" / "a.txt", root / "in" / "x" / "b.txt", out / "c.txt"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    (root / "in" / "link.txt").symlink_to(out / "c.txt")
    (root / "in" / "way").symlink_to(out)

    assert [one.name for one in match(path, root / place, root)] == kept
    assert [one.name for one in match(path, root / place, root, allow_outside=True)] == allowed


def test_an_absolute_path_is_outside_unless_it_may_be_anywhere(folder: Path) -> None:
    for path in (f"{folder}/a.txt", f"{folder}/a.*"):
        assert match(path, folder) == ()
        assert [one.name for one in match(path, folder, allow_outside=True)] == ["a.txt"]


OUTSIDE = """tasks:
  - {id: a, run: ls, inputs: [{path: ../data.csv}]}
  - {id: "b-${{ matrix.f.stem }}", run: ls, matrix: {f: {files: "../*.csv"}}}
  - {id: "c-${{ matrix.r.x }}", run: ls, matrix: {r: {csv: ../data.csv}}}
"""


def test_inputs_and_axes_outside_are_taken_when_they_may(project: Project) -> None:
    inner = Project(project.folder / "tree")
    files = {"spec.yaml": HEAD + OUTSIDE, "../data.csv": "x\n1\n"}

    assert [code for code in inner.codes(files) if code < "BS33" or code > "BS34"] == ["BS404"] * 3
    assert [upload.path.name for upload in inner.program(files, allow_outside=True).uploads] == ["data.csv"]
    assert [task.id for task in inner.spec(files, allow_outside=True).tasks] == ["a", "b-data", "c-1"]
