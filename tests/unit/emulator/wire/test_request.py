"""Requests: query, path, body, host."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.hosts import check_host
from batchspec.emulator.wire.request import MAX_RESULTS, Request
from batchspec.emulator.wire.versions import VERSIONS, check_version


def request(path: str = "/jobs", query: str = "", body: bytes = b"") -> Request:
    scope = {
        "method": "GET",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"x-name", b"value")],
    }
    return Request.from_scope(scope).with_body(body, oversized=False)


def code_of(error: pytest.ExceptionInfo[BatchError]) -> str:
    return error.value.code


def test_query_names_are_read_in_any_letter_case() -> None:
    assert request(query="timeOut=30&MaxResults=5").max_results == 5


def test_an_encoded_slash_stays_in_its_segment() -> None:
    assert request("/jobs/j/tasks/t/files/wd%2Fa%20b.txt").segments[-1] == "wd/a b.txt"


@pytest.mark.parametrize(("text", "code"), [
    ("0", "OutOfRangeQueryParameterValue"),
    ("1001", "OutOfRangeQueryParameterValue"),
    ("-1", "InvalidQueryParameterValue"),
    ("ten", "InvalidQueryParameterValue"),
    ("9" * 5000, "InvalidQueryParameterValue"),
])  # fmt: skip
def test_a_page_size_out_of_bounds_is_refused(text: str, code: str) -> None:
    with pytest.raises(BatchError) as refusal:
        assert request(query=f"maxresults={text}").max_results

    assert code_of(refusal) == code


def test_a_page_holds_a_thousand_unless_told_otherwise() -> None:
    assert request().max_results == MAX_RESULTS == 1000


def test_a_flag_is_true_or_false_or_refused() -> None:
    assert request(query="recursive=True").flag("recursive")
    assert not request().flag("recursive")
    with pytest.raises(BatchError):
        request(query="recursive=maybe").flag("recursive")


BAD_BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "not a number": b'{"a": NaN}',
    "not text": b"\xff\xfe\xff",
    "a NUL": b'{"a": "\\u0000"}',
    "half a surrogate pair": b'{"a": "\\ud800"}',
    "nested without end": b"[" * 200_000,
    "a number without end": b"9" * 10_000,
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_a_body_that_is_no_sound_json_is_refused(case: str) -> None:
    with pytest.raises(BatchError) as refusal:
        request(body=BAD_BODIES[case]).json()

    assert code_of(refusal) == "InvalidRequestBody"


texts = st.text(st.characters(codec="utf-8", min_codepoint=1))
plain = st.none() | st.booleans() | st.integers() | texts
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(texts, inner))


@given(values)
def test_any_json_is_read_as_it_was_meant(value: Any) -> None:
    assert request(body=json.dumps(value).encode()).json() == value


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "[::1]:99", "LOCALHOST", "127.8.8.8"])
def test_loopback_hosts_are_served(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize("host", ["", "example.org", "127.0.0.1.example.org", "10.0.0.1:80", "[::1", "localhost.evil"])
def test_other_hosts_are_not(host: str) -> None:
    with pytest.raises(BatchError) as refusal:
        check_host(host)

    assert code_of(refusal) == "InvalidHeaderValue"


@pytest.mark.parametrize("version", VERSIONS)
def test_both_versions_are_spoken(version: str) -> None:
    assert check_version(version) == version


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (None, "MissingRequiredQueryParameter"),
        ("", "MissingRequiredQueryParameter"),
        ("2019-06-01.9.0", "UnsupportedRequestVersion"),
    ],
)
def test_no_version_and_other_versions_are_refused(version: str | None, code: str) -> None:
    with pytest.raises(BatchError) as refusal:
        check_version(version)

    assert code_of(refusal) == code
