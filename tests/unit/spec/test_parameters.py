"""Parameters: declared, given, converted, checked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as drawn, strategies as st

from batchspec.diag import Diagnostic, Severity
from batchspec.spec.model import Parameter
from batchspec.spec.parameters import Given, convert, given, settle, wrong
from batchspec.spec.table import Table
from tests.support.project import HEAD, Project
from tests.support.strategies import node


def declared(**keys: Any) -> Parameter:
    made: Parameter = Table(Parameter).bind(node(keys), "/parameters/p", {})
    return made


def settled(keys: dict[str, Any], **given_: Any) -> Any:
    """The value of the parameter p, or the code of what is wrong."""
    found: list[Diagnostic] = []
    values = settle({"p": declared(**keys)}, given(["p"], {}, {}, given_), found)
    return values["p"] if not found else found[0].code


ROWS: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "a default": ({"default": "a"}, {}, "a"),
    "given goes before the default": ({"default": "a"}, {"p": "b"}, "b"),
    "neither": ({}, {}, "BS209"),
    "a text stays one": ({}, {"p": "12"}, "12"),
    "a default of another type": ({"type": "string", "default": 12}, {}, "BS210"),
    "the default says the type": ({"default": 12}, {"p": "13"}, 13),
    "not of the default's type": ({"default": 12}, {"p": "many"}, "BS210"),
    "a flag by its default": ({"default": False}, {"p": "true"}, True),
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
    "pattern that looks back": ({"pattern": r"(a)\1"}, {"p": "aa"}, "BS105"),
    "too long for a pattern": ({"pattern": "a*"}, {"p": "a" * 1001}, "BS210"),
    "long enough": ({"min_length": 2, "max_length": 3}, {"p": "abc"}, "abc"),
    "too short": ({"min_length": 2}, {"p": "a"}, "BS210"),
    "too long": ({"max_length": 0}, {"p": "a"}, "BS210"),
    "a moment": ({"format": "date-time"}, {"p": "2026-01-31T06:00:00Z"}, "2026-01-31T06:00:00Z"),
    "no moment": ({"format": "date-time"}, {"p": "2026-01-31"}, "BS210"),
    "true is not among numbers": ({"type": "boolean", "enum": [1]}, {"p": True}, "BS210"),
    "a secret that is given": ({"secret": True}, {"p": "hunter2"}, "hunter2"),
    "a secret that is written": ({"secret": True, "default": "hunter2"}, {}, "BS220"),
}


@pytest.mark.parametrize(("keys", "given_", "outcome"), ROWS.values(), ids=ROWS)
def test_a_parameter_has_this_value_or_this_finding(keys: dict[str, Any], given_: dict[str, Any], outcome: Any) -> None:
    made = settled(keys, **given_)

    assert made == outcome
    assert type(made) is type(outcome)


def test_what_is_not_declared_is_told_without_a_place() -> None:
    found: list[Diagnostic] = []

    settle({"date": declared(default="x")}, {"dat": Given("y")}, found)

    assert [(one.code, one.span) for one in found] == [("BS208", None)]


def test_what_cannot_be_settled_is_not_among_the_values() -> None:
    assert settle({"p": declared(), "q": declared(default="x")}, {}, []) == {"q": "x"}


@drawn(st.text(max_size=10), st.sampled_from(["string", "integer", "number", "boolean"]))
def test_any_text_from_a_command_line_is_converted_or_refused(text: str, kind: str) -> None:
    value = convert(text, kind)

    assert wrong(value, declared(type=kind)) is None or value == text


PLACED = """parameters: {p: {type: integer, default: 1}}
tasks: [{id: "a-${{ params.p }}", command: ls}]
"""
# the environment, the files in their order, and -p: what the parameter is
SOURCES: dict[str, tuple[dict[str, str], list[str], dict[str, str], str]] = {
    "the default": ({}, [], {}, "1"),
    "a variable": ({"BATCHSPEC_PARAM_P": "2"}, [], {}, "2"),
    "a file over a variable": ({"BATCHSPEC_PARAM_P": "2"}, ["p: 3"], {}, "3"),
    "a later file over an earlier one": ({}, ["p: 3", '{"p": 4}'], {}, "4"),
    "-p over all": ({"BATCHSPEC_PARAM_P": "2"}, ["p: 3"], {"p": "5"}, "5"),
    "a variable that no parameter has": ({"BATCHSPEC_PARAM_Q": "2"}, [], {}, "1"),
    "an empty file": ({}, ["# nothing"], {}, "1"),
}


@pytest.mark.parametrize(("environ", "files", "named", "value"), SOURCES.values(), ids=SOURCES)
def test_the_nearest_source_of_a_value_counts(
    environ: dict[str, str], files: list[str], named: dict[str, str], value: str, project: Project
) -> None:
    paths = [project.folder / f"params-{at}.yaml" for at in range(len(files))]
    for path, text in zip(paths, files, strict=True):
        path.write_text(text)

    spec = project.spec(HEAD + PLACED, environ=environ, params_files=tuple(paths), parameters=named)

    assert [task.id for task in spec.tasks] == [f"a-{value}"]


WRONG = {
    "p: x": ("BS210", 1, 4),
    "p: '3'": ("BS210", 1, 4),
    "q: 1\np: 2": ("BS208", 1, 4),
    "p: [1]": ("BS103", 1, 4),
    "- p": ("BS103", 1, 1),
    "p: 1\np: 2": ("BS003", 2, 1),
    "p: ${{ 1 }}": ("BS210", 1, 4),
}


@pytest.mark.parametrize(("text", "place"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_in_a_file_of_parameters_is_told_at_its_place_there(
    text: str, place: tuple[str, int, int], project: Project
) -> None:
    path = project.folder / "params.yaml"
    path.write_text(text)

    checked = project.check(HEAD + PLACED, params_files=(path,))

    (found,) = (one for one in checked.diagnostics if one.severity is Severity.ERROR)
    assert found.span is not None
    assert (found.code, found.span.start.line, found.span.start.column) == place
    assert found.span.path == path.as_posix()
    assert found.span.path not in checked.sources  # its lines may hold secrets, and are never shown


def test_a_secret_parameter_is_shown_nowhere(project: Project) -> None:
    text = """parameters: {key: {secret: true, min_length: 12}}
tasks: [{id: a, command: ls, environment: {K: "x-${{ params.key }}"}}]
"""
    spec = project.spec(HEAD + text, parameters={"key": "hunter2-hunter2"})

    (found,) = (one for one in project.findings(HEAD + text, parameters={"key": "hunter2"}) if one.code == "BS210")

    assert "hunter2-hunter2" in spec.secrets
    assert "hunter2" not in f"{found.message} {found.hint}"
