"""Comments are found exactly, whatever else has a `#`."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given, settings, strategies as st

from batchspec.reading.comments import comments
from batchspec.source import SourceFile

# The text, and of each comment that matches: its line, the line it speaks of, whether it is above all content.
TEXTS = {
    "at the end of a line": ("a: 1  # X\nb: 2\n", [(1, 1, False)]),
    "on a line of its own": ("a: 1\n# X\nb: 2\n", [(2, 3, False)]),
    "indented on a line of its own": ("a:\n   # X\n  b: 2\n", [(2, 3, False)]),
    "above blank lines and other comments": ("a: 1\n# X\n\n  # why\n\nb: 2\n", [(2, 6, False)]),
    "above another one": ("a: 1\n# X\n# X\nb: 2\n", [(2, 4, False), (3, 4, False)]),
    "after other words of a comment": ("a: 1  # why # X\n", [(1, 1, False)]),
    "after other words on a line of its own": ("# why # X\na: 1\n", [(1, 2, True)]),
    "at the top": ("# X\na: 1\n", [(1, 2, True)]),
    "at the top, before the document": ("# X\n---\n# X\na: 1\n", [(1, 2, True), (3, 4, True)]),
    "at the end of the file": ("a: 1\n# X", [(2, 3, False)]),
    "after the sign of a block text": ("a: |  # X\n  b\n", [(1, 1, False)]),
    "after the sign of a block text of an indent": ("a: >2-  # X\n   b\n", [(1, 1, False)]),
    "after a block text": ("a: |\n  b\n\n# X\nc: 1\n", [(4, 5, False)]),
    "below a block text, indented less": ("a:\n  b: |\n      x\n    # X\n  c: 1\n", [(4, 5, False)]),
    "after a quoted text": ('a: "b"  # X\n', [(1, 1, False)]),
    "after a quoted text of two lines that looks like one": ('a: "b\n  # c"  # X\nd: 1\n', [(2, 2, False)]),
    "in a flow list": ("a: [1,  # X\n  2]\n", [(1, 1, False)]),
    "after a tab": ("a: 1\t# X\n", [(1, 1, False)]),
    "in a file without any content": ("# X\n", [(1, 3, True)]),
    "in a second document": ("a: 1\n---\n# X\nb: 2\n", [(3, 4, False)]),
    "without a blank before it": ("a: b# X\n", []),
    "in a block text": ("a: |\n  b  # X\n  # X\n", []),
    "in a block text's last line": ("a: |\n  # X", []),
    "in a folded text": ("a: >\n  b\n\n  # X\n\n  c\n", []),
    "in single quotes": ("a: 'b # X'\n", []),
    "in double quotes over lines": ('a: "b\n\n  # X\n  c"\n', []),
    "in a quoted key": ('"a # X": 1\n', []),
    "in backticks of another comment": ("# write `# X` here\na: 1\n", []),
    "in a text that is no YAML": ("a: [1\n# X\nb: }\n", []),
    "in a text with half of a pair": ('a: "\\ud83d"  # X\n', []),
    "of another kind": ("a: 1  # Y\n", []),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_comments(text: str, expected: list[tuple[int, int, bool]]) -> None:
    source = SourceFile("a.yaml", text.encode())

    found = [(source.position(one.match.start()).line, one.line, one.first) for one in comments(source, "#[ ]*X")]

    assert found == expected


def test_a_file_full_of_comments_takes_no_longer_than_it_is_long() -> None:
    many = SourceFile("a.yaml", b"# X\n" * 50_000 + b"a: 1\n")
    long = SourceFile("a.yaml", b"a: 1 " + b" # X" * 50_000)

    assert {one.line for one in comments(many, "# X")} == {50_001}
    assert sum(1 for _ in comments(long, "# X")) == 50_000


def values(text: str) -> list[tuple[str, object]]:
    events = yaml.parse(text, Loader=yaml.CSafeLoader)
    return [(type(event).__name__, getattr(event, "value", None)) for event in events]


PIECES = [
    "# X",
    " # X",
    "\n",
    "\n  ",
    "a",
    ": ",
    "- ",
    "|",
    ">",
    "|2",
    '"',
    "'",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "#",
    " ",
    "\t",
    "---\n",
]


@settings(max_examples=500)
@example([": |", " # X", "\n  ", "# X", "\n"])
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_what_is_found_can_be_left_out_and_nothing_else_that_looks_like_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    source = SourceFile("a.yaml", text.encode())

    found = {one.match.start() for one in comments(source, "# X")}

    try:
        before = values(text)
    except yaml.YAMLError:
        assert not found
        return
    for at in (at for at in range(len(text)) if text.startswith("# X", at)):
        end = text.find("\n", at)
        without = text[:at] + text[end if end >= 0 else len(text) :]
        if at in found:
            assert values(without) == before
        elif at == 0 or text[at - 1] in " \t\n":
            marked = text[:at] + "# Y" + text[at + 3 :]
            assert values(marked) != before
