"""The patterns of output files, without files that are sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.engine import patterns

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("pattern", "fits", "others"),
    [
        ("[z-a]*", ["[z-a]1"], ["z1", "a1", "-1"]),
        ("a[[]*", ["a[b"], ["ab", "a"]),
        ("[a-c]", ["a", "b", "c"], ["d", "-", "/"]),
        ("[!a-c]", ["d", "-"], ["b", "/"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[^a]", ["^", "a"], ["b"]),
        ("[!]", ["!"], ["a"]),
        ("[--a]", ["-", "A"], ["b"]),
        ("[", ["["], ["a"]),
    ],
)
def test_a_set_of_characters_is_what_it_says(pattern: str, fits: list[str], others: list[str]) -> None:
    matches = re.compile(patterns._expression(pattern)).fullmatch

    assert [name for name in fits if not matches(name)] == []
    assert [name for name in others if matches(name)] == []


@given(st.text("[]!^-az*?/\\&~|.", max_size=12))
def test_every_pattern_has_a_meaning(pattern: str) -> None:
    re.compile(patterns._expression(pattern))  # without an error, and without a warning, which is one here


def test_the_names_of_directories_above_a_run_are_no_patterns(tmp_path: Path) -> None:
    run_dir = tmp_path / "[a]*?/x"
    (run_dir / "wd").mkdir(parents=True)
    (run_dir / "wd/f").touch()

    for root in (str(run_dir), f"{tmp_path}/../{tmp_path.name}/[a]*?/x"):
        for pattern in ("f", "*", "**/*", f"{run_dir}/wd/f"):
            assert [name for _, name in patterns.matches(root, pattern, None)] == ["f"]
