"""Patterns of strangers: they mean what they mean to Python, in bounded work."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, strategies as st

from batchspec.spec.pattern import LONGEST, BadPattern, Budget, Pattern

atoms = st.sampled_from(
    [
        "a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "[]a]", "[a-]",
        r"[\d.]", r"\d", r"\W", r"\s", r"\.", r"\x61", "-", "{", "}", r"\-", "]", "é",
    ]
)  # fmt: skip
counts = st.sampled_from(["", "", "", "*", "+", "?", "*?", "{2}", "{1,2}", "{,2}", "{2,}", "{0}"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.lists(inner, max_size=3).map("".join)
    groups = st.tuples(st.sampled_from(["(", "(?:"]), st.lists(joined, min_size=1, max_size=2).map("|".join), counts)
    return st.one_of(joined, groups.map(lambda one: f"{one[0]}{one[1]}){one[2]}"))


patterns = st.recursive(st.tuples(atoms, counts).map("".join), grown, max_leaves=6)


@given(patterns, st.text("abc.-1 é\n{}]x", max_size=6))
def test_a_pattern_matches_what_python_matches(pattern: str, text: str) -> None:
    assert Pattern(pattern).matches(text) == (re.fullmatch(pattern, text) is not None)


SAME = [
    "^a$",
    "^a|b$",
    "a{",
    "a{x}",
    "{}",
    "a{}",
    "{a",
    r"[\]]",
    r"\u0061\n",
    "(?P<x>a)b",
    "",
    "|a",
    "()",
    "(a|)",
    "a{0}",
    "[^^]",
    "[\\b]",
]


@pytest.mark.parametrize("pattern", SAME)
def test_oddly_written_ones_mean_the_same_as_to_python(pattern: str) -> None:
    for text in ("", "a", "b", "ab", "a{", "a{x}", "{a", "a\n", "]", "^", "[", "\b", "[]"):
        assert Pattern(pattern).matches(text) == (re.fullmatch(pattern, text) is not None)


REFUSED = [
    r"(a)\1", "(?P<x>a)(?P=x)", "(?=a)", "(?!a)", "(?<=a)", "(?i)a", "(?>a)", "a*+", "a**", "*a", "(", ")", "[",
    "[b-a]", "a{2,1}", r"\b", r"\A", r"\q", r"\x6", r"\U00110000", "a^b", "(^a)", "(" * 60 + ")" * 60, "a{1,99999}",
    "((a{100}){100}){100}", "((((){1000}){1000}){1000}){1000}", "\\", "^*", "(?P<x>a)(?P<x>a)",
]  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED, ids=[one[:20] for one in REFUSED])
def test_what_is_not_a_pattern_or_cannot_be_bounded_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern) as raised:
        Pattern(pattern)

    assert raised.value.message


HOSTILE = {
    "nested counts": ("(a+)+b", "a"),
    "alternatives alike": ("(a|a)*b", "a"),
    "alternatives alike, nested": ("(a|aa|aaa|[a-z])*b", "a"),
    "optional ones in a row": ("a?" * 300 + "a" * 300, "a"),
    "many stars": ("a*" * 400 + "b", "a"),
    "a star of anything, often": (".*" * 300 + "x", "a"),
    "counts of counts": ("((a{1,30}){1,30}b?){1,2}c", "a"),
    "a window": ("(a|b)*a(a|b){500}", "ab"),
}


@pytest.mark.parametrize(("pattern", "letters"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_patterns_take_bounded_work(pattern: str, letters: str) -> None:
    budget = Budget()
    start = time.process_time()

    try:
        Pattern(pattern, budget).matches((letters * LONGEST)[:LONGEST])
    except BadPattern as error:
        assert "work" in error.message or "places" in error.message  # noqa: PT017  either is fine, and quick

    assert budget.steps >= -2_000
    assert time.process_time() - start < 2


def test_all_patterns_of_a_spec_share_one_budget() -> None:
    budget = Budget(1_000)

    def all_of_them() -> None:
        for _ in range(1_000):
            Pattern("[a-z]{1,9}", budget).matches("abc")

    with pytest.raises(BadPattern, match="too much work"):
        all_of_them()
