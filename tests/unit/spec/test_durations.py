"""Durations as people write them and as the service does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from batchspec.spec.durations import parse, show

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
