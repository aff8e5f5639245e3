"""$filter: parsing, printing, evaluating, and what each list allows."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.odata import lists
from batchspec.emulator.wire.odata.ast import (
    OPERATORS,
    And,
    Compare,
    Filter,
    Not,
    Or,
    StartsWith,
    Time,
    matches,
    show,
)
from batchspec.emulator.wire.odata.parse import MAX_DEPTH, FilterError, parse_filter
from batchspec.emulator.wire.times import wire_time

PATHS = ("id", "state", "stateTransitionTime", "executionInfo/exitCode", "enableAutoScale")

texts = st.text(st.characters(codec="utf-8"), max_size=8)
times = st.floats(0, 4e9).map(wire_time)
literals = st.one_of(
    texts, st.integers(-(10**9), 10**9), st.booleans(), st.none(), times.map(Time), st.floats(-1e6, 1e6, width=32)
)
leaves = st.one_of(
    st.builds(Compare, st.sampled_from(PATHS), st.sampled_from(OPERATORS), literals),
    st.builds(StartsWith, st.sampled_from(PATHS), texts),
)


def joined(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    # the parser never nests an "and" directly in an "and": parentheses make it so
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, inner))


filters: st.SearchStrategy[Filter] = st.recursive(leaves, joined, max_leaves=12)


@given(filters)
def test_what_is_printed_parses_to_the_same_filter(item: Filter) -> None:
    assert parse_filter(show(item)) == item


@given(st.text())
def test_any_text_is_a_filter_or_a_filter_error(text: str) -> None:
    try:
        parse_filter(text)
    except FilterError:
        return


FRAGMENTS = (
    "(",
    ")",
    "not",
    "and",
    "or",
    "id",
    "eq",
    "'a'",
    "''",
    "1",
    "-1.5",
    "null",
    "startswith",
    ",",
    "DateTime'x'",
)


@given(st.lists(st.sampled_from(FRAGMENTS)).map(" ".join))
def test_any_row_of_tokens_is_a_filter_or_a_filter_error(text: str) -> None:
    try:
        assert parse_filter(show(parse_filter(text)))
    except FilterError:
        return


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}

numbers = st.one_of(st.none(), st.integers(-3, 3))


def number_filters() -> st.SearchStrategy[Filter]:
    compare = st.builds(Compare, st.sampled_from(["a", "b"]), st.sampled_from(OPERATORS), numbers)
    return st.recursive(compare, joined, max_leaves=8)


def evaluate(item: Filter, row: dict[str, Any]) -> bool:
    if isinstance(item, Compare):
        left = row[item.path]
        if item.op in ("eq", "ne"):
            return bool(COMPARE[item.op](left, item.value))
        return left is not None and item.value is not None and bool(COMPARE[item.op](left, item.value))
    if isinstance(item, Not):
        return not evaluate(item.item, row)
    assert isinstance(item, (And, Or))
    return (all if isinstance(item, And) else any)(evaluate(part, row) for part in item.items)


@given(number_filters(), st.fixed_dictionaries({"a": numbers, "b": numbers}))
def test_a_parsed_filter_holds_when_a_plain_evaluation_does(item: Filter, row: dict[str, Any]) -> None:
    assert matches(parse_filter(show(item)), row.get) == evaluate(item, row)


def test_and_binds_closer_than_or_and_not_closer_than_both() -> None:
    parsed = parse_filter("not a eq 1 and b eq 2 or c eq 3")

    assert parsed == Or((And((Not(Compare("a", "eq", 1)), Compare("b", "eq", 2))), Compare("c", "eq", 3)))


def test_a_doubled_quote_is_one_quote() -> None:
    assert parse_filter("id eq 'it''s'") == Compare("id", "eq", "it's")


def test_a_time_without_a_zone_is_utc_and_offsets_are_taken_away() -> None:
    assert parse_filter("t ge datetime'2024-01-02T03:04:05'") == Compare(
        "t", "ge", Time("2024-01-02T03:04:05.0000000Z")
    )
    assert parse_filter("t ge DateTime'2024-01-02T03:04:05+01:00'") == Compare(
        "t", "ge", Time("2024-01-02T02:04:05.0000000Z")
    )


def test_nesting_is_bounded() -> None:
    deep = MAX_DEPTH - 1

    assert parse_filter("(" * deep + "a eq 1" + ")" * deep) == Compare("a", "eq", 1)
    with pytest.raises(FilterError, match="nested"):
        parse_filter("(" * 100_000)


BAD = {
    "nothing": "",
    "no operator": "state",
    "an unknown operator": "state is 'x'",
    "no value": "state eq",
    "an open string": "state eq 'x",
    "an open parenthesis": "(state eq 'x'",
    "a value first": "'x' eq state",
    "two filters": "state eq 'x' state eq 'y'",
    "no such time": "t ge DateTime'2024-13-01T00:00:00Z'",
    "a time before all times": "t ge DateTime'0001-01-01T00:00:00+10:00'",
    "a number too long": "a eq " + "9" * 5000,
    "an unknown function": "endswith(id,'x')",
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_filter_is_refused(case: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(BAD[case])


NOT_ALLOWED = {
    "a property that the list has not": ("commandLine eq 'x'", lists.TASKS),
    "an operator that the property has not": ("state gt 'active'", lists.TASKS),
    "a prefix of what has none": ("startswith(state,'a')", lists.TASKS),
    "text for a time": ("creationTime ge '2024-01-01'", lists.TASKS),
    "text for a number": ("executionInfo/exitCode eq '1'", lists.TASKS),
    "a truth value for a number": ("executionInfo/exitCode eq true", lists.TASKS),
    "equality where files have prefixes alone": ("name eq 'wd'", lists.FILES),
}


@pytest.mark.parametrize("case", NOT_ALLOWED)
def test_a_list_refuses_what_it_does_not_document(case: str) -> None:
    text, properties = NOT_ALLOWED[case]

    with pytest.raises(BatchError) as refusal:
        lists.read_filter(text, properties)

    assert refusal.value.code == "InvalidQueryParameterValue"
    assert ("QueryParameterName", "$filter") in refusal.value.values


def test_states_are_compared_whatever_their_letter_case() -> None:
    wanted = lists.read_filter("state eq 'Active'", lists.JOBS)

    assert matches(wanted, {"state": "active"}.get)


def test_an_absent_member_is_null_and_above_nothing() -> None:
    assert matches(parse_filter("a eq null and not a gt 1 and not a le 1 and a ne 1"), lambda _: None)


def test_a_conjunct_is_found_only_where_it_must_hold() -> None:
    both = parse_filter("state eq 'x' and a ge 1")
    either = parse_filter("state eq 'x' or a ge 1")

    assert lists.conjunct(both, "a", "ge") == Compare("a", "ge", 1)
    assert lists.conjunct(either, "a", "ge") is None
    assert lists.conjunct(None, "a", "ge") is None
