"""Plain scalars by the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/, section 10.3.2).

YAML 1.1, which PyYAML resolves, would turn `on` into true, `08:30` into 510 and `2020-01-01` into a date.
"""

from __future__ import annotations

import re

_WORDS: dict[str, bool | float | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
    ".inf": float("inf"), ".Inf": float("inf"), ".INF": float("inf"),
    "+.inf": float("inf"), "+.Inf": float("inf"), "+.INF": float("inf"),
    "-.inf": float("-inf"), "-.Inf": float("-inf"), "-.INF": float("-inf"),
}  # fmt: skip
_NUMBER = re.compile(
    r"(?P<int>[-+]?[0-9]+)|0o(?P<oct>[0-7]+)|0x(?P<hex>[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_BASE = {"int": 10, "oct": 8, "hex": 16}
_FIRST = frozenset("~nNtTfF.+-0123456789")  # what begins with none of them is a text
_LONGEST_NUMBER = 400  # more digits than any float has; longer ones stay text


def resolve(text: str) -> bool | int | float | str | None:
    """The value of a plain scalar."""
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if match is None or match.lastgroup is None:
        return text
    digits = match[match.lastgroup]
    return float(digits) if match.lastgroup == "float" else int(digits, _BASE[match.lastgroup])
