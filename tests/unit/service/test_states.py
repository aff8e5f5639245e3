"""Pages of ids and states: the quick way reads what a JSON reader reads, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from batchspec.service.states import _exactly, _quickly, states

LINK = "https://a.example/jobs/j/tasks?api-version=2025-06-01&$select=id%2Cstate&$skiptoken=WATV2:7"
ENTRIES = [{"id": "t-0", "state": "active"}, {"id": "é", "state": "completed"}, {"id": "", "state": "running"}]
WRITTEN: dict[str, dict[str, Any]] = {
    "as short as can be": {"separators": (",", ":"), "ensure_ascii": False},
    "on lines of its own": {"indent": 2, "ensure_ascii": False},
    "with single spaces": {"ensure_ascii": False},
}


def read(found: tuple[Iterable[tuple[str, str]], str] | None) -> tuple[list[tuple[str, str]], str]:
    assert found is not None
    return list(found[0]), found[1]


def page(entries: list[dict[str, Any]], link: str = "") -> dict[str, Any]:
    return {"odata.metadata": "https://a.example/$metadata#tasks", "value": entries, **_next(link)}


def _next(link: str) -> dict[str, str]:
    return {"odata.nextLink": link} if link else {}


@pytest.mark.parametrize("form", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("link", ["", LINK], ids=["last", "not last"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_page_is_read_quickly_however_it_is_spaced(form: dict[str, Any], link: str, count: int) -> None:
    written = json.dumps(page(ENTRIES[:count], link), **form).encode()

    assert read(_quickly(written)) == ([(one["id"], one["state"]) for one in ENTRIES[:count]], link)


OTHERWISE: dict[str, Any] = {
    "no tasks": page([]),
    "a quote in an id": page([{"id": 'a"b', "state": "active"}]),
    "a member more": page([{"id": "a", "state": "active", "url": "x"}]),
    "a member more in the second": page([ENTRIES[0], {"id": "a", "state": "active", "url": "x"}]),
    "members the other way round": page([{"state": "active", "id": "a"}]),
    "members the other way round in the second": page([ENTRIES[0], {"state": "active", "id": "a"}]),
    "nothing about the page": {"value": ENTRIES},
    "a member more of the page": {**page(ENTRIES, LINK), "odata.count": "3"},
    "the link in front": {"odata.nextLink": LINK, **page(ENTRIES)},
    "a link that is null": {**page(ENTRIES), "odata.nextLink": None},
}


@pytest.mark.parametrize("found", OTHERWISE.values(), ids=OTHERWISE)
def test_a_page_that_is_otherwise_is_read_as_any_json(found: dict[str, Any]) -> None:
    written = json.dumps(found, separators=(",", ":")).encode()

    assert _quickly(written) is None
    expected = [(one["id"], one["state"]) for one in found["value"]], found.get("odata.nextLink") or ""
    assert read(states(written)) == expected


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"value":[{"id":"a"}]}', '{"value":[{"id":"a","state":"active"}'])
def test_what_is_no_page_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        states(text.encode())


PIECES = (
    *('"id"', '"state"', '"a"', '"odata.nextLink"', '"value"', '"odata.metadata"', '"x"', ":", ",", "{", "}", "[{"),
    *("}]", "},{", " ", '"id":"a","state":"active"', '},{"id":"running","state":"completed"', ',"state":"preparing"'),
    *('"]', "\\"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_whatever_is_read_quickly_is_what_json_says(middle: list[str]) -> None:
    check_quickly('{"id":"t","state":"active"' + "".join(middle) + "}")


WORDS = ("active", "preparing", "running", "completed")
ENTRY = st.builds(
    lambda task_id, found: "{" + ",".join([f'"id":"{task_id}"', *(f'"state":"{state}"' for state in found)]) + "}",
    st.sampled_from(["t", *WORDS]),
    st.lists(st.sampled_from(WORDS), max_size=3),
)


@given(st.lists(ENTRY, max_size=3))
@example(['{"id":"t","state":"active","state":"active","state":"active"}'])
@example(['{"id":"t"}', '{"id":"active","state":"active","state":"active"}'])
def test_an_entry_without_a_state_or_with_several_is_read_as_json_says(entries: list[str]) -> None:
    check_quickly(",".join(['{"id":"t","state":"active"}', *entries]))


def check_quickly(entries: str) -> None:
    text = f'{{"odata.metadata":"m","value":[{entries}]}}'.encode()

    found = _quickly(text)

    assert found is None or read(found) == read(_exactly(text))
