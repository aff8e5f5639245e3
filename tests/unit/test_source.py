"""Positions: lines and columns in characters, from 1; spans whose end is exclusive."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from batchspec.errors import ExitCode, UnreadableFile
from batchspec.source import Position, SourceFile, read


def test_columns_count_characters_and_not_bytes() -> None:
    source = SourceFile("a.yaml", "ä: é!\nb".encode())

    assert source.position(source.text.index("!")) == Position(1, 5, 4)
    assert source.position(source.text.index("b")) == Position(2, 1, 6)


def test_a_byte_order_mark_is_no_character() -> None:
    assert SourceFile("a.yaml", b"\xef\xbb\xbfa").position(0) == Position(1, 1, 0)


def test_a_line_is_shown_without_its_end() -> None:
    source = SourceFile("a.yaml", b"one\r\ntwo")

    assert [source.line(1), source.line(2)] == ["one", "two"]


def test_a_span_is_shown_as_path_line_and_column() -> None:
    assert str(SourceFile("dir/a.yaml", b"x\nyz").span(3, 4)) == "dir/a.yaml:2:2"


def test_what_cannot_be_read_says_why_and_is_the_specs_fault(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file") as caught:
        read(tmp_path / "no.yaml")

    assert caught.value.exit_code is ExitCode.SPEC_HAS_ERRORS


@given(st.text(st.sampled_from("a\n\ré"), max_size=30))
def test_an_offset_is_its_lines_start_and_its_column(text: str) -> None:
    source = SourceFile("a.yaml", text.encode())

    for offset in range(len(text) + 1):
        place = source.position(offset)
        before = "".join(f"{line}\n" for line in text.split("\n")[: place.line - 1])
        assert len(before) + place.column - 1 == offset
