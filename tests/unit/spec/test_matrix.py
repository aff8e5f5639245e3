"""A matrix's combinations."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st

from batchspec.spec.matrix import combinations, count, first
from batchspec.spec.model import Range
from batchspec.spec.table import Table
from tests.support.strategies import node


def axis(value: Any) -> Range:
    made: Range = Table(Range).bind(node({"range": value}), "", {})
    return made


def test_the_last_axis_moves_fastest() -> None:
    made = list(combinations({"i": axis(2), "j": ("a", "b")}))

    assert made == [{"i": 0, "j": "a"}, {"i": 0, "j": "b"}, {"i": 1, "j": "a"}, {"i": 1, "j": "b"}]


def test_a_range_is_pythons() -> None:
    assert [one["i"] for one in combinations({"i": axis([9, 0, -3])})] == [9, 6, 3]
    assert [one["i"] for one in combinations({"i": axis([2, 4])})] == [2, 3]
    assert count({"i": axis([0, 9, 0])}) == 0


def test_axes_beyond_memory_are_counted_and_their_first_combination_known() -> None:
    axes = {"i": axis([0, 10**12]), "j": axis([5, 10**12])}

    assert count(axes) == 10**12 * (10**12 - 5)
    assert first(axes) == {"i": 0, "j": 5}


@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(), min_size=1, max_size=3).map(tuple), min_size=1))
def test_there_are_as_many_combinations_as_counted(axes: dict[str, Any]) -> None:
    made = list(combinations(axes))

    assert len(made) == count(axes)
    assert made[0] == first(axes)
