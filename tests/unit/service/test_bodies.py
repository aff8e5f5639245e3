"""Our JSON text of every model of the SDK against the SDK's own, character for character."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from azure.batch import models as sdk
from hypothesis import given, strategies as st
from msrest.serialization import Model

from batchspec.compiler.extended import ADDED, sdk_model
from batchspec.service.bodies import collection, text, wire

OURS = sorted(ADDED)
THEIRS = sorted(name for name, kind in vars(sdk).items() if isinstance(kind, type) and issubclass(kind, Model))
KINDS: dict[str, Any] = {
    **{name: getattr(sdk, name) for name in THEIRS},
    **{f"{name} of 2025": sdk_model(name) for name in OURS},
}
# What each type of an attribute map may hold: a value, and more.
_FREE: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.text(max_size=3), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
_MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))  # noqa: DTZ001
SIMPLE: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "str": ('é "\\\n😀', st.one_of(st.text(max_size=8), st.integers(), st.sampled_from(sdk.OSType))),
    "int": (7, st.one_of(st.integers(), st.booleans())),
    "long": (2**40, st.integers()),
    "bool": (True, st.booleans()),
    "float": (0.1, st.one_of(st.floats(allow_nan=False), st.integers(-9, 9))),
    "duration": (
        timedelta(hours=1, seconds=30.5),
        st.one_of(st.timedeltas(timedelta(0), timedelta(days=10**6)), st.sampled_from(["PT90S", "P1Y", "P3DT1H"])),
    ),
    "iso-8601": (datetime(2026, 1, 2, 3, 4, 5, 678, timezone.utc), _MOMENTS),
    "rfc-1123": (datetime(2026, 1, 2, 3, 4, 5, 0, timezone.utc), _MOMENTS),
    "object": ({"a": [1, {"b": None, "c": "é"}], "d": 1.5}, _FREE),
}


def full(kind: Any, depth: int = 0) -> Any:
    """An object with all that its class has; models within it down to a depth that no body of ours goes beyond."""
    return kind(**{name: _example(one["type"], depth) for name, one in _writable(kind)})


def _writable(kind: Any) -> list[tuple[str, dict[str, str]]]:
    rules: dict[str, Any] = kind._validation
    return [(name, one) for name, one in kind._attribute_map.items() if not rules.get(name, {}).get("readonly")]


def _example(form: str, depth: int) -> Any:
    if form in SIMPLE:
        return SIMPLE[form][0]
    if form[0] == "[":
        return [_example(form[1:-1], depth), None]
    if form[0] == "{":
        return {"é": _example(form[1:-1], depth), "n": None}
    inner: Any = _inner(form)
    if issubclass(inner, Enum):
        return next(iter(inner))
    return full(inner, depth + 1) if depth < 6 else None


def _inner(form: str) -> Any:
    return getattr(sdk, form, None) or sdk_model(form)


@st.composite
def objects(draw: st.DrawFn, kind: Any, depth: int = 0) -> Any:
    """An object with some of its members."""
    names = {name for name, _ in _writable(kind) if draw(st.integers(0, 1 + depth)) == 0}
    drawn = {name: draw(_values(one["type"], depth)) for name, one in _writable(kind) if name in names}
    return kind(**{name: drawn.get(name) for name, _ in _writable(kind)})


def _values(form: str, depth: int) -> st.SearchStrategy[Any]:
    if form in SIMPLE:
        return SIMPLE[form][1]
    if form[0] == "[":
        return st.lists(st.one_of(_values(form[1:-1], depth), st.none()), max_size=2)
    if form[0] == "{":
        return st.dictionaries(st.text(max_size=3), st.one_of(_values(form[1:-1], depth), st.none()), max_size=2)
    inner = _inner(form)
    if issubclass(inner, Enum):
        return st.one_of(st.sampled_from(inner), st.sampled_from([one.value for one in inner]))
    return objects(inner, depth + 1) if depth < 3 else st.none()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_text_of_every_member_of_every_model_is_the_sdks(kind: Any) -> None:
    body = full(kind)

    assert text(body) == json.dumps(body.serialize())


@given(st.data())
def test_the_text_of_any_object_is_the_sdks(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(list(KINDS.values())).flatmap(objects))

    assert text(body) == json.dumps(body.serialize())
    assert wire(body) == body.serialize()


@given(objects(sdk.TaskAddParameter))
def test_the_text_of_any_task_is_the_sdks(body: Any) -> None:
    assert text(body) == json.dumps(body.serialize())


@pytest.mark.parametrize("word", ["TerminateJob", "terminatejob", sdk.OnAllTasksComplete.terminate_job])
def test_a_word_of_an_enumeration_is_spelled_as_the_service_does(word: Any) -> None:
    body = sdk.JobAddParameter(id="j", pool_info=sdk.PoolInformation(pool_id="p"), on_all_tasks_complete=word)

    assert text(body) == json.dumps(body.serialize())
    assert wire(body)["onAllTasksComplete"] == "terminatejob"


def test_a_changed_object_is_written_as_it_is_now() -> None:
    body = sdk.TaskAddParameter(id="a", command_line="x")
    before = text(body)
    body.command_line = "y"

    assert text(body) == before.replace('"x"', '"y"')


def test_bodies_that_are_no_models_write_themselves() -> None:
    class Own:
        def serialize(self) -> dict[str, Any]:
            return {"id": "own"}

    assert wire(Own()) == {"id": "own"}


def test_a_collection_is_an_object_with_the_list_of_its_bodies() -> None:
    tasks = [sdk.TaskAddParameter(id=f"é{at}", command_line="x") for at in range(3)]

    assert collection(tasks) == json.dumps({"value": [task.serialize() for task in tasks]}).encode()
    assert collection(iter(())) == b'{"value": []}'
