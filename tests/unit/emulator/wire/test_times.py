"""Times of bodies and headers."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.wire.answer import etag
from batchspec.emulator.wire.times import header_time, parse_header_time, parse_time, unix_time, wire_time

seconds = st.integers(0, 4 * 10**15).map(lambda micros: micros / 1e6)


@given(seconds)
def test_a_written_time_reads_as_itself(moment: float) -> None:
    assert parse_time(wire_time(moment)) == wire_time(moment)
    assert abs(unix_time(wire_time(moment)) - moment) < 2e-6


@given(seconds, seconds)
def test_written_times_sort_as_the_times_do(one: float, other: float) -> None:
    assert (wire_time(one) < wire_time(other)) == (round(one * 1e6) < round(other * 1e6))


@given(seconds)
def test_a_header_time_reads_as_its_second(moment: float) -> None:
    assert parse_header_time("Date", header_time(moment)).timestamp() == int(moment)


def test_bodies_carry_seven_decimals() -> None:
    assert wire_time(1_704_164_645.678) == "2024-01-02T03:04:05.6780000Z"


def test_the_last_moment_there_is_can_be_written() -> None:
    last = "9999-12-31T23:59:59.9999990Z"
    assert wire_time(unix_time(last)) == last


@pytest.mark.parametrize("text", ["", "2024", "2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z", "2024-01-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month|day|hour|T"):
        parse_time(text)


def test_an_etag_is_ticks_in_hexadecimal_without_quotes() -> None:
    assert etag(1_713_548_413_000_000).startswith("0x8DC")
    assert etag(5) != etag(6)
