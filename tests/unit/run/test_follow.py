from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, strategies as st

from batchspec.run.streams import Lines


@st.composite
def chunked(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    data = draw(st.text(alphabet=st.sampled_from("ab\n\r€😀ä"))).encode()
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    edges = [0, *cuts, len(data)]
    return data, [data[a:b] for a, b in pairwise(edges)]


def read(pieces: Sequence[bytes]) -> list[str]:
    lines = Lines()
    return [*map(lines.feed, pieces), lines.end()]


@given(chunked())
def test_any_text_in_any_pieces_comes_out_whole(case: tuple[bytes, list[bytes]]) -> None:
    data, pieces = case

    assert "".join(read(pieces)) == data.decode()


@given(chunked())
def test_only_whole_lines_are_shown_before_the_end(case: tuple[bytes, list[bytes]]) -> None:
    _, pieces = case

    *shown, _rest = read(pieces)

    assert all(text == "" or text.endswith("\n") for text in shown)


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    assert "".join(read([b"a\xff", b"b\n"])) == "a\ufffdb\n"


def test_a_line_without_an_end_does_not_grow_without_bound() -> None:
    lines = Lines()

    assert lines.feed(b"x" * 100_000) == "x" * 100_000
