"""Laws over any text and over formulas that are well typed by construction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from batchspec.autoscale import FUNCTIONS, INTERVALS, METHODS, OPTIONS, VARIABLES, check, evaluate
from batchspec.autoscale.cursor import Cursor
from batchspec.autoscale.parse import MAX_PROBLEMS, parse
from batchspec.autoscale.scan import scan
from batchspec.autoscale.syntax import Token
from tests.unit.autoscale.documented import DOCUMENTED, WORLD

WORDS = [*VARIABLES, *INTERVALS, *OPTIONS, *FUNCTIONS, *METHODS, "x", "$y", "time().hour", "1", "0.5", "[1,2]", "'a'"]
MARKS = [*"+-*/<>!?:=;.,()[]", "&&", "||", "==", "//", "/*", "*/", "\n", " ", '"', "%"]


@st.composite
def altered(draw: st.DrawFn) -> str:
    """A documented formula with a few of its tokens replaced."""
    formula = draw(st.sampled_from([row[0] for row in DOCUMENTED.values()]))
    tokens = [token.text for token in scan(formula)]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(tokens) - 1))
        tokens[at] = draw(st.sampled_from([*WORDS, *MARKS, *tokens]))
    return " ".join(tokens)


ANY_TEXT = st.one_of(
    altered(),
    st.text(),
    st.lists(st.sampled_from(WORDS + MARKS), max_size=60).map("".join),
    st.lists(st.sampled_from(WORDS + MARKS), max_size=60).map(" ".join),
)


@given(ANY_TEXT)
def test_any_text_is_checked_and_evaluated_without_an_exception(text: str) -> None:
    problems = check(text)
    result = evaluate(text, WORLD)

    assert all(0 <= one.start <= one.end <= len(text) for one in problems)
    assert len(problems) <= MAX_PROBLEMS + 1
    assert result.results.startswith("$TargetDedicatedNodes=")


@given(ANY_TEXT)
def test_a_clean_formula_has_no_type_error_when_it_is_evaluated(text: str) -> None:
    formula = f"$TargetDedicatedNodes = 1; {text}"
    error = evaluate(formula, WORLD).error

    assert check(formula) or error is None or error.kind not in ("type", "syntax")


@given(ANY_TEXT)
def test_tokens_stand_where_they_say(text: str) -> None:
    tokens = scan(text)

    assert all(text[one.start : one.end] == one.text for one in tokens if one.kind != "open-comment")
    assert all(one.end <= other.start for one, other in pairwise(tokens))


class Steps:
    """How often the reader looks at a token."""

    count = 0


@contextmanager
def counted() -> Iterator[Steps]:
    steps = Steps()

    def now(cursor: Cursor) -> Token:
        steps.count += 1
        return cursor._tokens[cursor._at]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cursor, "now", property(now))
        yield steps


LOOKS = 40  # at one token, at most


@given(ANY_TEXT)
def test_any_text_is_read_in_a_bounded_number_of_steps(text: str) -> None:
    with counted() as steps:
        parse(text)

    assert steps.count <= LOOKS * len(scan(text))


@pytest.mark.parametrize(
    "part",
    ['"', "(", "[", "f(", "-", "1+", "1&&1<", "x=", "a?", "0?1:", ".5", "a.b", "/*", "/*/", ";", "%;", "a b;", "é"],
)
def test_hostile_repetition_is_read_in_a_bounded_number_of_steps(part: str) -> None:
    text = part * (20_000 // len(part))

    with counted() as steps:
        parsed = parse(text)

    assert steps.count <= LOOKS * len(scan(text))
    assert parsed.problems
    assert check(text)


# Well-typed expressions by type. `#`, `v`, `s`, `t` in a form stand for a number, a vector, a span, a moment.
FORMS = {
    "#": (
        ["0", "1", "2.5", "70", "$CurrentDedicatedNodes", "$TargetLowPriorityNodes", "n", "rand()"],
        ["(# + # - #)", "(# * #)", "(# / #)", "(# < #)", "(# == #)", "(# && # || #)", "!#", "(-#)", "(# ? # : #)"],
        ["(t < t)", "(t != t)", "(s >= s)", "avg(v, #)", "max(#, v)", "len(v)", "val(v, #)", "percentile(v, #)"],
        ["$PendingTasks.GetSamplePercent(s)", "$PendingTasks.GetSamplePercent(t, s)", "t.hour", "lg(#)"],
    ),
    "v": (
        ["v", "[1, 2, 3]", "$PendingTasks.GetSample(1)"],
        ["(v + #)", "(v * v)", "(v / #)", "[#, #]", "vec(v, #, v)", "ln(v)"],
        ["$RunningTasks.GetSample(s)", "$ActiveTasks.GetSample(s, #)", "$ActiveTasks.GetSample(t, s, #)"],
    ),
    "s": (sorted(INTERVALS), ["(# * s)", "(s * #)", "(s / #)", "(s + s - s)", "(-s)", "(t - t)"]),
    "t": (["time()", 'time("2026-03-02")', "$ActiveTasks.HistoryBeginTime()"], ["(t + s)", "(s + t)"]),
}
PLACE = re.compile(r"(?<![\w$\"])[#vst](?![\w(\"])|#")


@st.composite
def expressions(draw: st.DrawFn, kind: str, depth: int = 3) -> str:
    leaves, *larger = FORMS[kind]
    if not depth:
        return draw(st.sampled_from(leaves))
    form = draw(st.sampled_from([*leaves, *(one for group in larger for one in group)]))
    if form in leaves:
        return form
    return PLACE.sub(lambda place: draw(expressions(place.group(), depth - 1)), form)


@given(expressions("#"), expressions("v"), expressions("s"), expressions("t"))
def test_well_typed_formulas_are_clean_and_never_fail_for_a_type(
    number: str, vector: str, span: str, moment: str
) -> None:
    formula = f"n = 1; v = vec(1, 2); v = {vector}; s = {span}; m = {moment}; n = {number}; $TargetDedicatedNodes = n;"

    error = evaluate(formula, WORLD).error

    assert check(formula) == []
    assert error is None or error.kind in ("value", "no-data", "insufficient-data")


@pytest.mark.parametrize("formula", [row[0] for row in DOCUMENTED.values()], ids=DOCUMENTED)
def test_evaluation_is_pure(formula: str) -> None:
    assert evaluate(formula, WORLD) == evaluate(formula, WORLD)


@pytest.mark.parametrize("formula", [row[0] for row in DOCUMENTED.values() if '"' not in row[0]])
def test_comments_and_white_space_change_nothing(formula: str) -> None:
    spaced = re.sub(r"([;,()])", r" \1 /* here */ // there\n", re.sub(r"//.*", "", formula))

    assert evaluate(spaced, WORLD).results == evaluate(formula, WORLD).results
