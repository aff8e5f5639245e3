"""Parameters: declared, given, converted, checked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from batchspec.diag import Diagnostic
from batchspec.spec.model import Parameter
from batchspec.spec.parameters import convert, settle, wrong
from batchspec.spec.table import Table
from tests.support.strategies import node


def declared(**keys: Any) -> Parameter:
    made: Parameter = Table(Parameter).bind(node(keys), "/parameters/p", {})
    return made


def settled(keys: dict[str, Any], **given_: Any) -> Any:
    """The value of the parameter p, or the code of what is wrong."""
    found: list[Diagnostic] = []
    values = settle({"p": declared(**keys)}, given_, found)
    return values["p"] if not found else found[0].code


ROWS: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "a default": ({"default": "a"}, {}, "a"),
    "given goes before the default": ({"default": "a"}, {"p": "b"}, "b"),
    "neither": ({}, {}, "BS209"),
    "a text stays one": ({}, {"p": "12"}, "12"),
    "a default of another type": ({"default": 12}, {}, "BS210"),
    "a default of null": ({"default": None}, {}, "BS210"),
    "whole": ({"type": "integer"}, {"p": "12"}, 12),
    "whole given as a value": ({"type": "integer"}, {"p": 12}, 12),
    "whole with a point": ({"type": "integer", "default": 3.0}, {}, 3),
    "not whole": ({"type": "integer"}, {"p": "1.5"}, "BS210"),
    "a flag is not a number": ({"type": "integer"}, {"p": True}, "BS210"),
    "more digits than a float has": ({"type": "integer", "default": 10**399}, {}, 10**399),
    "more digits than Python converts": ({"type": "integer"}, {"p": "9" * 5000}, "BS210"),
    "number": ({"type": "number"}, {"p": "1.5e3"}, 1500.0),
    "no number": ({"type": "number"}, {"p": "many"}, "BS210"),
    "flag": ({"type": "boolean"}, {"p": "True"}, True),
    "no flag": ({"type": "boolean"}, {"p": "1"}, "BS210"),
    "least": ({"type": "integer", "minimum": 1}, {"p": "1"}, 1),
    "less than the least": ({"type": "integer", "minimum": 1}, {"p": "0"}, "BS210"),
    "most": ({"type": "number", "maximum": 0.5}, {"p": "0.5"}, 0.5),
    "more than the most": ({"type": "number", "maximum": 10**400}, {"p": "inf"}, "BS210"),
    "one of": ({"enum": ["a", "b"]}, {"p": "b"}, "b"),
    "none of": ({"enum": ["a", "b"]}, {"p": "c"}, "BS210"),
    "a date": ({"format": "date"}, {"p": "2020-02-29"}, "2020-02-29"),
    "no such date": ({"format": "date"}, {"p": "2021-02-29"}, "BS210"),
    "a date of another form": ({"format": "date"}, {"p": "20200229"}, "BS210"),
    "pattern": ({"pattern": "[a-z]+"}, {"p": "abc"}, "abc"),
    "pattern is for the whole text": ({"pattern": "[a-z]+"}, {"p": "abc\n"}, "BS210"),
    "pattern that is none": ({"pattern": "("}, {"p": "abc"}, "BS105"),
}


@pytest.mark.parametrize(("keys", "given_", "outcome"), ROWS.values(), ids=ROWS)
def test_a_parameter_has_this_value_or_this_finding(keys: dict[str, Any], given_: dict[str, Any], outcome: Any) -> None:
    made = settled(keys, **given_)

    assert made == outcome
    assert type(made) is type(outcome)


def test_what_is_not_declared_is_told_without_a_place() -> None:
    found: list[Diagnostic] = []

    settle({"date": declared(default="x")}, {"dat": "y"}, found)

    assert [(one.code, one.span) for one in found] == [("BS208", None)]


def test_what_cannot_be_settled_is_not_among_the_values() -> None:
    assert settle({"p": declared(), "q": declared(default="x")}, {}, []) == {"q": "x"}


@given(st.text(max_size=10), st.sampled_from(["string", "integer", "number", "boolean"]))
def test_any_text_from_a_command_line_is_converted_or_refused(text: str, kind: str) -> None:
    value = convert(text, kind)

    assert wrong(value, declared(type=kind)) is None or value == text
