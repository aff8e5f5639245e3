"""ISO-8601 durations."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.batch.schema.durations import INFINITE, duration_seconds, duration_text

durations = st.builds(
    lambda days, hours, minutes, seconds: f"P{days}DT{hours}H{minutes}M{seconds}S",
    st.integers(0, 10**6),
    st.integers(0, 10**4),
    st.integers(0, 10**4),
    st.decimals(0, 10**4, places=7).map(lambda value: format(value, "f")),
)


@given(durations)
def test_the_services_spelling_means_the_same_and_is_its_own(text: str) -> None:
    written = duration_text(text)

    assert duration_seconds(written) == duration_seconds(text)
    assert duration_text(written) == written


@given(st.text())
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        duration_seconds(text)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("text", "seconds", "written"),
    [
        ("PT15M00S", 900, "PT15M"),
        ("PT90M", 5400, "PT1H30M"),
        ("P2W", 1_209_600, "P14D"),
        ("PT0S", 0, "PT0S"),
        ("PT1.50S", Decimal("1.5"), "PT1.5S"),
        (INFINITE, Decimal("922337203685.4775807"), INFINITE),
    ],
)
def test_a_duration_is_kept_in_the_services_spelling(text: str, seconds: Decimal, written: str) -> None:
    assert duration_seconds(text) == seconds
    assert duration_text(text) == written


@pytest.mark.parametrize("text", ["", "P", "PT", "15M", "P1Y", "P1M", "-PT1S", "PT1H ", "P10675200D", "P1DT"])
def test_what_has_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        duration_seconds(text)
