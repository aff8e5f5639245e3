"""A matrix's combinations."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, strategies as st

from batchspec.check.shape import explain
from batchspec.spec.matrix import Combinations
from batchspec.spec.model import MATRIX
from batchspec.spec.shape import Misfit
from tests.support.strategies import node

ENDLESS = (range(10**12), range(5, 10**12))


def rows(**axes: Any) -> list[tuple[Any, ...]]:
    return list(Combinations(tuple(axes), tuple(axes.values())))


def test_the_last_axis_moves_fastest() -> None:
    assert rows(i=range(2), j=("a", "b")) == [(0, "a"), (0, "b"), (1, "a"), (1, "b")]


def test_axes_beyond_memory_are_counted_and_their_first_combination_known() -> None:
    made = Combinations(("i", "j"), ENDLESS)

    assert made.most == 10**12 * (10**12 - 5)
    assert made.first() == made.any() == (0, 5)


def test_zipped_axes_are_walked_side_by_side() -> None:
    made = Combinations(("i", "j"), (range(3), "abc"), zipped=True)

    assert list(made) == [(0, "a"), (1, "b"), (2, "c")]
    assert made.most == 3


def test_what_is_excluded_is_left_out_and_what_is_included_comes_last() -> None:
    made = Combinations(("i", "j"), (range(2), range(2)), excluded=({"i": 0}, {"j": 1}), added=((0, 1), (7, 7)))

    assert list(made) == [(1, 0), (0, 1), (7, 7)]
    assert made.first() == (1, 0)
    assert list(made.columns()) == [[0, 1, 0, 7], [0, 1, 1, 7]]


def test_combinations_may_be_listed_alone() -> None:
    made = Combinations(("i",), (), added=((3,), (4,)))

    assert list(made) == [(3,), (4,)]
    assert (made.first(), made.any(), made.most) == ((3,), (3,), 2)
    assert Combinations((), ()).first() is None


def test_true_is_not_one() -> None:
    made = Combinations(("i",), ((1, True, 1.0, "1"),), excluded=({"i": 1},))

    assert list(made) == [(True,), ("1",)]


small = st.sampled_from([0, 1, 2, "a", "b", True, 0.5])
axes_ = st.dictionaries(st.sampled_from("abc"), st.lists(small, min_size=1, max_size=3).map(tuple), min_size=1)


@given(axes_, st.booleans(), st.data())
def test_the_laws_of_combinations(axes: dict[str, tuple[Any, ...]], zipped: bool, data: st.DataObject) -> None:
    entries = st.dictionaries(st.sampled_from(sorted(axes)), small, min_size=1)
    excluded = tuple(data.draw(st.lists(entries, max_size=3)))
    made = Combinations(tuple(axes), tuple(axes.values()), zipped, excluded)

    walked = list(zip(*axes.values(), strict=False)) if zipped else list(itertools.product(*axes.values()))

    def is_hit(entry: dict[str, Any], row: tuple[Any, ...]) -> bool:
        at = dict(zip(axes, row, strict=True))
        return all(isinstance(at[k], bool) is isinstance(v, bool) and at[k] == v for k, v in entry.items())

    assert list(made) == [row for row in walked if not any(is_hit(entry, row) for entry in excluded)]
    assert made.most == len(walked)
    assert made.first() == next(iter(made), None)
    idle = [at for at, entry in enumerate(excluded) if not any(is_hit(entry, row) for row in walked)]
    assert list(made.without_effect()) == idle


single = st.one_of(small, st.none(), st.just([1]), st.just({"a": 1}))
entries_ = st.one_of(
    single, st.lists(st.dictionaries(st.sampled_from(["a", "b", "1a", ""]), single, max_size=2), max_size=2)
)
matrices = st.dictionaries(
    st.sampled_from(["a", "b", "1a", "include", "exclude", "zip"]),
    st.one_of(
        entries_, st.lists(small, max_size=2), st.sampled_from([{"range": 2}, {"files": "*"}, {"csv": "x", "range": 1}])
    ),
    max_size=3,
)


@given(matrices)
def test_bind_and_the_schema_agree_on_a_matrix(matrix: dict[str, Any]) -> None:
    tree = {"batchspec": "v1", "name": "a", "job": {"id": "a"}, "tasks": [{"id": "a", "run": "ls", "matrix": matrix}]}

    flaws = explain(node(tree))

    try:
        MATRIX.bind(node(matrix), "", {})
    except Misfit:
        assert flaws
    else:
        assert not flaws
