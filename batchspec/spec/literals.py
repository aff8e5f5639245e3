"""Expressions that differ in their numbers and texts alone are one expression: to compile it takes most of the time."""

from __future__ import annotations

import re
from functools import lru_cache

_LITERAL = re.compile(r"""'[^'\n]*'|"[^"\n]*"|(?<![\w.])(?:0|[1-9]\d{0,17})(?![\w.])""")
_OPERATOR = re.compile(r"[-+*/%|<>=!\[.]+|\b(?:and|or|not|if|in|is)\b")  # but ~, which makes a flat list
_TAKEN = re.compile(r"""\\|\b_\d|\.\s*['"]|\.\s+\d""")  # a text ends elsewhere; our own names; a name has to follow


@lru_cache(maxsize=4096)
def without_literals(source: str) -> tuple[str, dict[str, int | str]]:
    """The expression with names in place of literals, and what these stand for."""
    values: dict[str, int | str] = {}

    def name(match: re.Match[str]) -> str:
        text = match[0]
        values[f"_{len(values)}"] = int(text) if text[0] not in "'\"" else text[1:-1]
        return f" _{len(values) - 1} "

    return (source, {}) if _TAKEN.search(source) else (_LITERAL.sub(name, source), values)


def operators(source: str) -> int:
    """How many operators an expression has, which is how deep it may be."""
    return sum(1 for _ in _OPERATOR.finditer(source))
