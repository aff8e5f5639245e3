"""Plain scalars by the table of the YAML 1.2 core schema, not YAML 1.1's."""

from __future__ import annotations

import math
from typing import Any

import pytest

from batchspec.reading.scalars import resolve

# The examples of the specification's section 10.3.2, and what YAML 1.1 would have made of others.
TABLE: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "nUll": "nUll",
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False, "tRue": "tRue",
    "0": 0, "12": 12, "-19": -19, "+12": 12, "0o7": 7, "0o14": 12, "0x3A": 58, "0xff": 255,
    "0.": 0.0, "-0.0": -0.0, ".5": 0.5, "12e03": 12000.0, "-2E+05": -200000.0, "1.5": 1.5, "+1.5": 1.5,
    ".inf": math.inf, "-.Inf": -math.inf, "+.INF": math.inf,
    "010": 10, "0777": 777, "1_000": "1_000", "0b11": "0b11", "08:30": "08:30", "2020-01-01": "2020-01-01",
    "on": "on", "off": "off", "yes": "yes", "no": "no", "y": "y", "=": "=", "<<": "<<",
    "0o9": "0o9", "0xg": "0xg", "-0x1": "-0x1", ".": ".", "e5": "e5", "1e": "1e", "inf": "inf", "nan": "nan",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), TABLE.items(), ids=[repr(text) for text in TABLE])
def test_a_plain_scalar_has_the_core_schemas_value(text: str, value: Any) -> None:
    made = resolve(text)

    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_a_number(text: str) -> None:
    made = resolve(text)

    assert isinstance(made, float)
    assert math.isnan(made)


def test_a_number_of_thousands_of_digits_stays_a_text() -> None:
    assert resolve("9" * 5000) == "9" * 5000
