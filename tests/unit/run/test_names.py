from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from batchspec.run.names import common_prefix, confined, matcher


@given(st.text(alphabet="./\\ab:\0~ "))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    root = Path("/results")

    path = confined(root, "task", name)

    assert path is None or path.is_relative_to(root)
    assert path is None or ".." not in path.parts


@pytest.mark.parametrize("name", ["../x", "a/../../x", "..", "a\\..\\x", "C:x", "a\nb", ""])
def test_a_name_that_is_no_path_below_is_refused(name: str) -> None:
    assert confined(Path("/results"), name) is None


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "results"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)

    assert confined(root, "link/x") is None
    assert confined(root, "link") == root / "link"  # it is a file's own place, and is replaced
    assert confined(root, "a/b") == root / "a" / "b"


@given(st.lists(st.text(alphabet="ab/"), min_size=1))
def test_the_common_prefix_is_the_longest_one(names: list[str]) -> None:
    prefix = common_prefix(names)

    assert all(name.startswith(prefix) for name in names)
    longer = {name[: len(prefix) + 1] for name in names}
    assert len(longer) > 1 or longer == {prefix}


PATTERNS = {
    "any file": ("*", ["a.txt"], ["b/a.txt"]),
    "any file anywhere": ("**", ["a.txt", "b/c/a.txt"], []),
    "by its end": ("hexgrid.*", ["hexgrid.json"], ["xhexgrid.json", "hexgrid"]),
    "in any folder": ("**/*.txt", ["a.txt", "b/c/a.txt"], ["a.txtx"]),
    "below a folder": ("plots/*.png", ["a.png", "plots/a.png"], ["other/a.png", "a.pdf"]),
    "one letter": ("a?c", ["abc"], ["a/c", "abbc"]),
    "one of some": ("[ab].txt", ["a.txt"], ["c.txt"]),
    "none of some": ("[!ab].txt", ["c.txt"], ["a.txt"]),
    "no expression": ("a+.*", ["a+.x"], ["aa.x"]),
}


@pytest.mark.parametrize(("pattern", "fits", "fails"), PATTERNS.values(), ids=PATTERNS)
def test_patterns_of_outputs(pattern: str, fits: list[str], fails: list[str]) -> None:
    matches = matcher(pattern)

    assert [name for name in fits if not matches(name)] == []
    assert [name for name in fails if matches(name)] == []


@example("[b-a]", "a")
@example("[?--]", "-")  # as a regular expression it might come to mean a difference of sets
@given(st.text(alphabet="ab*?[]!^\\-/.", min_size=1), st.text(alphabet="ab/-."))
def test_any_text_is_a_pattern(pattern: str, name: str) -> None:
    assert matcher(pattern)(name) in (True, False)
