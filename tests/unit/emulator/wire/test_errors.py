"""The table of errors, against the documented one."""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from batchspec.emulator.wire.errors import ERRORS, OURS, BatchError, error_body, property_error
from tests.contract.batch.openapi import OPENAPI

SOURCES = Path(__file__).parents[4] / "batchspec" / "emulator"


def documented_codes() -> dict[str, dict[str, Any]]:
    path = OPENAPI / "error_codes.json"
    if not path.is_file():
        pytest.skip(f"the documented codes are not at {path}")
    codes: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["rest"]
    return codes


def test_codes_statuses_and_messages_are_the_documented_ones() -> None:
    documented = documented_codes()

    for code, (status, message) in ERRORS.items():
        if code not in OURS:
            assert status in documented[code]["status"], code
            assert message == documented[code]["message"], code
    assert not OURS & set(documented)


def words(folder: str) -> Counter[str]:
    """How often each string stands in the sources of a folder."""
    sources = sorted((SOURCES / folder).rglob("*.py"))
    nodes = [node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    return Counter(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("folder", ["wire", "batch", "engine"])
def test_every_documented_code_that_the_sources_name_is_in_the_table(folder: str) -> None:
    assert words(folder).keys() & documented_codes().keys() <= ERRORS.keys()


def test_every_code_of_the_table_is_used() -> None:
    found = words("wire") + words("batch") + words("engine")

    assert [code for code in ERRORS if found[code] < 2] == []


def test_the_body_is_the_one_that_the_service_sends() -> None:
    error = property_error("InvalidPropertyValue", "priority", 2000, "expected -1000 to 1000")

    body = error_body(error, "http://127.0.0.1:1", "some-id", "2024-01-02T03:04:05.6780000Z")

    assert body == {
        "odata.metadata": "http://127.0.0.1:1/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element",
        "code": "InvalidPropertyValue",
        "message": {
            "lang": "en-US",
            "value": "The value provided for one of the property in the request body is invalid.\n"
            "RequestId:some-id\nTime:2024-01-02T03:04:05.6780000Z",
        },
        "values": [
            {"key": "PropertyName", "value": "priority"},
            {"key": "PropertyValue", "value": "2000"},
            {"key": "Reason", "value": "expected -1000 to 1000"},
        ],
    }


def test_values_are_left_out_when_there_are_none() -> None:
    assert "values" not in error_body(BatchError("PoolNotFound"), "http://127.0.0.1:1", "id", "time")
