"""Patterns of files: what Python's glob finds, in one walk."""

from __future__ import annotations

import glob
import itertools
import time
from pathlib import Path

import pytest

from batchspec.spec.globs import entries_of, walk as walk_with

NAMES = (
    "a.txt", "b.csv", "[x].txt", ".hidden", "d/a.txt", "d/e/a.txt", "d/e/b.csv", "d/.h/a.txt", "f/e/a.txt", "é/a.txt",
)  # fmt: skip
PARTS = ("**", "*", "d", "e", "?", "[ad]", "*.txt", ".*", "a.txt", "[[]x].txt")
PATTERNS = ["/".join(parts) for size in (1, 2, 3) for parts in itertools.product(PARTS, repeat=size)]


def walk(base: Path, pattern: str) -> list[str]:
    return [name for name, _ in walk_with(base, pattern, entries_of)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tree")
    for name in NAMES:
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text("")
    return made


def test_a_pattern_finds_what_pythons_glob_finds(folder: Path) -> None:
    for pattern in PATTERNS:
        names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207

        assert sorted(walk(folder, pattern)) == sorted(
            {name for name in names if (folder / name).is_file() and name[-1] != "/"}
        ), pattern


def test_no_pattern_walks_a_tree_more_than_once(tmp_path: Path) -> None:
    (tmp_path / "/".join("x" * 25)).mkdir(parents=True)
    start = time.process_time()

    assert list(walk(tmp_path, "/".join(["**", "x"] * 25) + "/**/nothing")) == []
    assert list(walk(tmp_path, "*" + "a*" * 200 + "b")) == []
    assert time.process_time() - start < 1


def test_links_that_lead_round_in_circles_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "file").write_text("")
    for name in ("one", "two", "three"):
        (tmp_path / "d" / name).symlink_to(tmp_path)

    assert list(walk(tmp_path, "**/file")) == ["d/file"]
