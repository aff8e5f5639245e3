"""The SDK's models with what API 2025-06-01 added: they write what is given to them, both ways of writing alike."""

from __future__ import annotations

import re
from typing import Any

import pytest
from azure.batch import models as sdk

from batchspec.compiler.extended import ADDED, sdk_model
from batchspec.service.bodies import wire
from tests.support.wire_values import NEW, OLD, ROOTS, Field, example, fields

PLAIN = {"duration": None, "iso-8601": None}  # given as timedelta and datetime; the law of the import has them


def reached(model: str, seen: set[str]) -> set[str]:
    if model not in seen:
        seen.add(model)
        for field in fields(model):
            if field.inner:
                reached(field.inner, seen)
    return seen


MODELS = sorted({name for root in ROOTS.values() for name in reached(root, set())})


def made(model: str, version: str) -> Any:
    """An object with everything that an API version has."""
    there = (field for field in fields(model) if field.api in ("", version))
    return sdk_model(model)(**{field.name: value(field, version) for field in there})


def value(field: Field, version: str) -> Any:
    if field.inner:
        inner = made(field.inner, version)
        return [inner] if field.kind[0] == "[" else inner
    return None if field.kind in PLAIN else example(field)


def test_every_model_that_gained_fields_is_met() -> None:
    assert set(MODELS) >= ADDED.keys()


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("name", MODELS)
def test_both_ways_of_writing_agree(name: str, version: str) -> None:
    body = made(name, version)

    assert wire(body) == body.serialize()
    assert wire(body).keys() == {
        field.key for field in fields(name) if field.api in ("", version) and field.kind not in PLAIN
    }


@pytest.mark.parametrize("name", ADDED)
def test_json_keys_are_the_names_in_camel_case(name: str) -> None:
    for attribute, (key, _) in ADDED[name].items():
        assert re.sub(r"[^a-z]", "", key.lower()) == attribute.replace("_", "")


def test_what_the_sdk_has_is_its_own_class() -> None:
    assert sdk_model("PoolAddParameter") is sdk.PoolAddParameter
    assert issubclass(sdk_model("DataDisk"), sdk.DataDisk)


def test_what_is_unknown_is_told() -> None:
    with pytest.raises(LookupError, match="no model Nothing"):
        sdk_model("Nothing")
