"""The kinds that body tables are made of."""

from __future__ import annotations

from typing import Any

import pytest

from batchspec.emulator.batch.schema.kinds import (
    Duration,
    Enum,
    Flag,
    In,
    Int,
    Kind,
    List,
    Moment,
    Object,
    Only,
    Text,
    Unfit,
    Unhonoured,
)
from batchspec.emulator.batch.schema.rules import at_least_one, exactly_one

FILE = Object({"url": Text(), "container": Text(), "mode": Int(0, 7)}, rules=[exactly_one("url", "container")])
BODY = Object(
    {
        "id!": Text(pattern="[a-z]+", says="expected letters"),
        "label": Text(longest=3),
        "count": Int(0, 10),
        "flag": Flag(),
        "colour": Enum("red", "darkBlue"),
        "wait": Duration(low=60, high=3600),
        "at": Moment(),
        "files": List(FILE, longest=2),
        "magic": Unhonoured("no magic here"),
        "scale": Only(False, Flag(), "no scaling here"),
        "fresh": In(("new",), Text()),
    }
)


def check(body: Any, kind: Kind = BODY, version: str = "new") -> Any:
    return kind.compile(version)(body)


REFUSED: dict[str, tuple[Any, str, str]] = {
    "not an object": ([], "InvalidRequestBody", ""),
    "an unknown member": ({"id": "a", "idd": 1}, "InvalidRequestBody", "idd"),
    "a missing member": ({}, "MissingRequiredProperty", "id"),
    "a null for a missing member": ({"id": None}, "MissingRequiredProperty", "id"),
    "text of the wrong form": ({"id": "A"}, "InvalidPropertyValue", "id"),
    "text with a line end": ({"id": "a\n"}, "InvalidPropertyValue", "id"),
    "text too long": ({"id": "a", "label": "abcd"}, "InvalidPropertyValue", "label"),
    "a number for text": ({"id": 1}, "InvalidRequestBody", "id"),
    "a truth value for a number": ({"id": "a", "count": True}, "InvalidRequestBody", "count"),
    "a fraction for a number": ({"id": "a", "count": 1.0}, "InvalidRequestBody", "count"),
    "a number out of range": ({"id": "a", "count": 11}, "InvalidPropertyValue", "count"),
    "a number for a truth value": ({"id": "a", "flag": 1}, "InvalidRequestBody", "flag"),
    "an unknown word": ({"id": "a", "colour": "green"}, "InvalidPropertyValue", "colour"),
    "a list for a word": ({"id": "a", "colour": []}, "InvalidRequestBody", "colour"),
    "a duration too short": ({"id": "a", "wait": "PT59S"}, "InvalidPropertyValue", "wait"),
    "no duration": ({"id": "a", "wait": "1m"}, "InvalidPropertyValue", "wait"),
    "no time": ({"id": "a", "at": "now"}, "InvalidPropertyValue", "at"),
    "a list too long": ({"id": "a", "files": [{"url": "u"}] * 3}, "InvalidPropertyValue", "files"),
    "no list": ({"id": "a", "files": {}}, "InvalidRequestBody", "files"),
    "a fault inside a list": (
        {"id": "a", "files": [{"url": "u"}, {"url": "u", "mode": 8}]},
        "InvalidPropertyValue",
        "files[1].mode",
    ),
    "neither of two": ({"id": "a", "files": [{}]}, "MissingRequiredProperty", "files[0].url"),
    "both of two": (
        {"id": "a", "files": [{"url": "u", "container": "c"}]},
        "InvalidPropertyValue",
        "files[0].container",
    ),
    "what is not honoured": ({"id": "a", "magic": {"any": "thing"}}, "UnsupportedProperty", "magic"),
    "a value that is not honoured": ({"id": "a", "scale": True}, "UnsupportedProperty", "scale"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_body_that_does_not_fit_is_refused_by_code_and_name(case: str) -> None:
    body, code, name = REFUSED[case]

    with pytest.raises(Unfit) as refusal:
        check(body)

    assert (refusal.value.code, refusal.value.name) == (code, name)


def test_a_member_of_another_version_is_refused() -> None:
    assert check({"id": "a", "fresh": "x"}, version="new")
    with pytest.raises(Unfit) as refusal:
        check({"id": "a", "fresh": "x"}, version="old")

    assert refusal.value.code == "UnsupportedProperty"


def test_a_body_is_normalised_in_place() -> None:
    body = {"id": "a", "colour": "DARKBLUE", "wait": "PT60S", "label": None, "scale": False}

    assert check(body) is body
    assert body == {"id": "a", "colour": "darkBlue", "wait": "PT1M", "scale": False}


def test_one_of_several_members_must_be_there() -> None:
    kind = Object({"a": Int(), "b": Int()}, rules=[at_least_one("a", "b")])

    assert check({"b": 1}, kind) == {"b": 1}
    with pytest.raises(Unfit):
        check({}, kind)
