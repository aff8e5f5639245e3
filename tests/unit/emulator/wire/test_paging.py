"""Tokens and links of pages."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, strategies as st

from batchspec.emulator.wire.errors import BatchError
from batchspec.emulator.wire.paging import next_link, read_token, write_token
from batchspec.emulator.wire.request import Request


def request(*pairs: tuple[str, str]) -> Request:
    return Request("GET", "/jobs/a%20b/tasks", pairs, {})


@given(st.text(st.characters(codec="utf-8")))
def test_a_token_is_url_safe_and_gives_its_key_back(key: str) -> None:
    token = write_token(key)

    assert re.fullmatch(r"[A-Za-z0-9_-]*", token)
    assert read_token(request(("$skiptoken", token))) == key


def test_the_first_page_has_no_token() -> None:
    assert read_token(request()) is None


@pytest.mark.parametrize("token", ["a", "+/+/", "////", "é", "_w"], ids=str)
def test_a_token_that_was_never_written_is_refused(token: str) -> None:
    with pytest.raises(BatchError) as refusal:
        read_token(request(("$skiptoken", token)))

    assert refusal.value.code == "InvalidQueryParameterValue"


def test_the_link_is_absolute_keeps_the_query_and_replaces_the_token() -> None:
    asked = request(("api-version", "v"), ("$filter", "state eq 'a b'"), ("$SkipToken", "old"), ("maxresults", "2"))

    link = urlsplit(next_link(asked, "http://127.0.0.1:1", "7"))

    assert (link.netloc, link.path) == ("127.0.0.1:1", "/jobs/a%20b/tasks")
    assert parse_qsl(link.query) == [
        ("api-version", "v"),
        ("$filter", "state eq 'a b'"),
        ("maxresults", "2"),
        ("$skiptoken", write_token("7")),
    ]
    assert "+" not in link.query
