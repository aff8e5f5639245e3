"""The schema and `bind` accept the same trees, and the schema speaks of every key."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings, strategies as st

from batchspec.spec import schema
from batchspec.spec.model import SpecKeys
from batchspec.spec.shape import Misfit
from batchspec.spec.table import Bound, Table
from tests.support.strategies import GOOD, nearly_good, node, values

SCHEMA = schema.schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
MODELS: dict[str, type[Bound]] = {}
schema._collect(Table(SpecKeys), MODELS)


def binds(model: type[Bound], tree: Any) -> bool:
    try:
        Table(model).bind(node(tree), "", {})
    except Misfit:
        return False
    return True


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_good_spec_is_good() -> None:
    assert binds(SpecKeys, GOOD)
    VALIDATOR.validate(GOOD)


@settings(max_examples=600, deadline=None)
@given(nearly_good())
def test_bind_accepts_exactly_what_the_schema_accepts(tree: dict[str, Any]) -> None:
    assert binds(SpecKeys, tree) is VALIDATOR.is_valid(tree)


@pytest.mark.parametrize("name", [name for name in MODELS if name in SCHEMA["$defs"]])
def test_bind_and_the_schema_agree_on_any_value_of_any_key(name: str) -> None:
    model = MODELS[name]
    validator = VALIDATOR.evolve(schema={"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})
    keys = st.sampled_from([*list(model.rows), "nope"])

    @settings(max_examples=120, deadline=None, database=None)
    @given(st.dictionaries(keys, values, max_size=4))
    def law(tree: dict[str, Any]) -> None:
        assert binds(model, tree) is validator.is_valid(tree)

    law()


PROPERTIES = [
    (f"{name}.{key}", SCHEMA["properties"][key] if name == "SpecKeys" else SCHEMA["$defs"][name]["properties"][key])
    for name, model in MODELS.items()
    for key in model.rows
]


@pytest.mark.parametrize("page", [page for _, page in PROPERTIES], ids=[name for name, _ in PROPERTIES])
def test_every_key_has_a_title_a_description_and_an_example_that_is_good(page: dict[str, Any]) -> None:
    validator = VALIDATOR.evolve(schema={**page, "$defs": SCHEMA["$defs"]})

    assert page["title"]
    assert page["description"].endswith(".")
    assert page["examples"]
    for example in page["examples"]:
        validator.validate(example)


def test_the_keys_of_the_schema_are_those_of_the_models() -> None:
    for name, model in MODELS.items():
        page = SCHEMA if name == "SpecKeys" else SCHEMA["$defs"][name]
        assert list(page["properties"]) == list(model.rows)
        assert page["additionalProperties"] is False
        assert page["description"]
