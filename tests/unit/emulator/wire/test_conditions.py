"""Conditional headers."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from batchspec.emulator.wire.conditions import NotModified, check_conditions
from batchspec.emulator.wire.errors import BatchError

CHANGED = 1_700_000_000.75
TAG = "0x8DC5FDBFC36B13F"


def http(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)


HOLD: dict[str, dict[str, str]] = {
    "none": {},
    "the tag": {"if-match": TAG},
    "the tag in quotes": {"if-match": f'"{TAG}"'},
    "any tag": {"if-match": "*"},
    "one of several tags": {"if-match": f"0x1, {TAG}"},
    "not another tag": {"if-none-match": "0x1"},
    "modified since the second before": {"if-modified-since": http(CHANGED - 1)},
    "not modified since that second": {"if-unmodified-since": http(CHANGED)},
}


@pytest.mark.parametrize("case", HOLD)
def test_a_condition_that_holds_lets_the_request_pass(case: str) -> None:
    check_conditions(HOLD[case], TAG, CHANGED, read=False)


FAIL: dict[str, tuple[dict[str, str], bool]] = {
    "another tag": ({"if-match": "0x1"}, False),
    "not any tag": ({"if-none-match": "*"}, True),
    "not this tag": ({"if-none-match": TAG}, True),
    "modified since": ({"if-modified-since": http(CHANGED)}, True),
    "unmodified since": ({"if-unmodified-since": http(CHANGED - 1)}, False),
}


@pytest.mark.parametrize("case", FAIL)
def test_a_write_whose_condition_fails_is_refused(case: str) -> None:
    with pytest.raises(BatchError) as refusal:
        check_conditions(FAIL[case][0], TAG, CHANGED, read=False)

    assert refusal.value.status == 412


@pytest.mark.parametrize("case", FAIL)
def test_a_read_says_not_modified_where_http_has_it_so(case: str) -> None:
    headers, unmodified = FAIL[case]

    with pytest.raises(NotModified if unmodified else BatchError):
        check_conditions(headers, TAG, CHANGED, read=True)


def test_two_conditions_are_refused() -> None:
    with pytest.raises(BatchError) as refusal:
        check_conditions({"if-match": TAG, "if-none-match": "0x1"}, TAG, CHANGED, read=True)

    assert refusal.value.code == "MultipleConditionHeadersNotSupported"


def test_a_condition_with_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(BatchError) as refusal:
        check_conditions({"if-modified-since": "now"}, TAG, CHANGED, read=True)

    assert refusal.value.code == "InvalidHeaderValue"
