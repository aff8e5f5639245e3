"""Parameters: declared in the spec, given by the caller, converted and checked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping as Map
from datetime import date
from difflib import get_close_matches
from typing import Any

from batchspec.diag import Diagnostic
from batchspec.spec.model import Parameter

_WORDS = {"true": True, "false": False}
_ARTICLE = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


def settle(declared: Map[str, Parameter], given: Map[str, Any], found: list[Diagnostic]) -> dict[str, Any]:
    """The values of the declared parameters. What cannot be settled is reported, and is not among them."""
    for name in given:
        if name not in declared:
            near = get_close_matches(name, declared, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"declared are: {', '.join(declared) or 'none'}"
            found.append(Diagnostic("BS208", f'the spec has no parameter "{name}"', None, hint=hint))
    settled: dict[str, Any] = {}
    for name, parameter in declared.items():
        if parameter.pattern is not None and not _is_pattern(parameter.pattern):
            message = f'"{parameter.pattern}" is not a regular expression'
            place = parameter.at("pattern").span
            found.append(Diagnostic("BS105", message, place, f"{parameter.pointer}/pattern"))
            continue
        if name in given:
            value, place, said = convert(given[name], parameter.type), parameter.node.span, "value given for"
        elif parameter.has("default"):
            value, place, said = parameter.default, parameter.at("default").span, "default of"
        else:
            hint = f"give one with -p {name}=..., or declare a default"
            place = parameter.node.span
            found.append(Diagnostic("BS209", f'parameter "{name}" has no value', place, parameter.pointer, hint))
            continue
        problem = wrong(value, parameter)
        if problem:
            message = f'the {said} parameter "{name}" is {problem}'
            found.append(Diagnostic("BS210", message, place, parameter.pointer))
        else:
            settled[name] = int(value) if parameter.type == "integer" else value
    return settled


def convert(value: Any, kind: str) -> Any:
    """A text from a command line as the type that is declared; what does not fit stays a text."""
    if not isinstance(value, str) or kind == "string":
        return value
    if kind == "boolean":
        return _WORDS.get(value.lower(), value)
    try:
        return int(value) if kind == "integer" else float(value)
    except ValueError:
        return value


def wrong(value: Any, parameter: Parameter) -> str | None:
    """What is wrong with a value, or None."""
    shown = f'"{value if isinstance(value, str) else json.dumps(value)}"'
    if not _is(value, parameter.type):
        return f"{shown}, which is not {_ARTICLE[parameter.type]}"
    if parameter.enum is not None and value not in parameter.enum:
        return f"{shown}, which is not one of {', '.join(map(str, parameter.enum))}"
    if isinstance(value, str):
        if parameter.format == "date" and not _is_date(value):
            return f"{shown}, which is not a date (YYYY-MM-DD)"
        if parameter.pattern is not None and re.fullmatch(parameter.pattern, value) is None:
            return f'{shown}, which does not match "{parameter.pattern}"'
    elif not isinstance(value, bool):
        if parameter.minimum is not None and value < parameter.minimum:
            return f"{shown}, which is less than {parameter.minimum}"
        if parameter.maximum is not None and value > parameter.maximum:
            return f"{shown}, which is more than {parameter.maximum}"
    return None


def _is(value: Any, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, int) or (math.isfinite(value) and (kind == "number" or value.is_integer()))


def _is_date(text: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
