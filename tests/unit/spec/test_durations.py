"""Durations as people write them and as the service does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from batchspec.spec.durations import exact, parse, show

TABLE = {
    "90s": timedelta(seconds=90),
    "2h30m": timedelta(hours=2, minutes=30),
    "7d": timedelta(days=7),
    "1d2h3m4s": timedelta(days=1, hours=2, minutes=3, seconds=4),
    "0s": timedelta(0),
    "PT1H30M": timedelta(minutes=90),
    "P1D": timedelta(days=1),
    "P1DT0.5S": timedelta(days=1, milliseconds=500),
    "PT90S": timedelta(seconds=90),
    "PT1.1234569S": timedelta(seconds=1, microseconds=123456),
    "P10675199DT2H48M5.4775807S": timedelta(10675199, 10085, 477580),
    **dict.fromkeys(
        [
            "",
            "5",
            "h",
            "1h ",
            " 1h",
            "1h\n",
            "30m2h",
            "1.5h",
            "-1h",
            "1w",
            "P",
            "PT",
            "P1DT",
            "pt1h",
            "1H",
            "٣h",
            "1hh",
            "P1Y",
        ]
    ),
}


@pytest.mark.parametrize(("text", "length"), TABLE.items(), ids=[repr(text) for text in TABLE])
def test_a_text_is_this_duration_or_none(text: str, length: timedelta | None) -> None:
    assert parse(text) == length


@given(st.integers(0, 10**10))
def test_what_is_shown_parses_to_the_same_length(seconds: int) -> None:
    assert parse(show(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@given(st.timedeltas(timedelta(0), timedelta(days=10**7)))
def test_what_is_written_exactly_parses_to_the_same_length(length: timedelta) -> None:
    assert parse(exact(length)) == length


@pytest.mark.parametrize("text", ["PT0S", "P1D", "PT0.5S", "PT1.123456S", "P1DT2H3M4S", "PT2H0.000001S"])
def test_the_exact_form_says_nothing_of_what_is_zero(text: str) -> None:
    length = parse(text)
    assert length is not None

    assert exact(length) == text
