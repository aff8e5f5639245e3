"""The JSON Schema's errors about a value, in words."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import Any

from batchspec.reading import Mapping, Node, Scalar
from batchspec.reading.scalars import resolve

_TYPES = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "a mapping", "null": "null",
}  # fmt: skip

_MEANT = {"inputs": "path", "outputs": "path", "nodes": "dedicated", "storage": "container", "autoscale": "formula"}


def value(node: Node, error: Any) -> tuple[str, str, str | None]:
    """The code, the message and the hint for a value that is not what it should be. error: a ValidationError."""
    keyword, limit = error.validator, error.validator_value
    shown = _shown(node)
    if keyword == "type":
        wanted = " or ".join(_TYPES[name] for name in ([limit] if isinstance(limit, str) else limit))
        return "BS103", f"{_typed(node)} is not {wanted}", _in_full(node, error) or _type_hint(node, limit, form(error))
    if keyword == "enum":
        near = get_close_matches(str(error.instance), [str(item) for item in limit], 1, 0.5)
        hint = f'did you mean "{near[0]}"?' if near else None
        return "BS104", f"{shown} is not {'one of ' if len(limit) > 1 else ''}{quoted(limit)}", hint
    if error.schema.get("x-code") == "BS205" and keyword not in ("minimum", "maximum"):
        return "BS205", _bad_id(node, limit), form(error)
    if keyword in ("pattern", "format"):
        return "BS105", f"{shown} does not have the form that is asked for here", form(error)
    if keyword in ("minimum", "maximum"):
        side = f"less than {limit:,}, the least" if keyword == "minimum" else f"more than {limit:,}, the most"
        return "BS106", f"{shown} is {side} that can stand here", None
    few = keyword in ("minItems", "minLength", "minProperties")
    if few and limit == 1:
        return "BS107", "there is nothing here", None
    unit = {"Items": "entries", "Length": "characters", "Properties": "keys"}[str(keyword)[3:]]
    return "BS107", f"{shown} has {'fewer' if few else 'more'} than {limit:,} {unit}", None


def _bad_id(node: Node, limit: Any) -> str:
    """What is wrong with an id; the limit is a pattern, or the greatest length."""
    text = str(node.value) if isinstance(node, Scalar) else ""
    if not text:
        return "an id has at least one character"
    if isinstance(limit, int):
        return f"{_shown(node)} has {len(text):,} characters, and an id at most {limit}"
    wrong = next((char for char in text if not (char.isascii() and (char.isalnum() or char in "-_"))), "")
    named = {" ": "a space", "\n": "a line end", "\t": "a tab"}.get(wrong, f'"{wrong}"')
    hidden = isinstance(node, Scalar) and node.secret
    return f"{_shown(node)} has {'a character' if hidden else named} in it, which an id cannot have"


def _shown(node: Node) -> str:
    if isinstance(node, Scalar):
        if node.secret:
            return "the value from the environment"
        text = json.dumps(node.value, ensure_ascii=False) if not isinstance(node.value, str) else node.value
        return f'"{text if len(text) <= 60 else text[:57] + "..."}"'
    return "this mapping" if isinstance(node, Mapping) else "this list"


def _typed(node: Node) -> str:
    """The value with its own type in words: the text "5" is not a number, though 5 is."""
    if not isinstance(node, Scalar) or node.secret:
        return _shown(node)
    if node.value is None:
        return "null" if node.start < node.end else "an empty value"
    if isinstance(node.value, bool):
        return _shown(node)
    return f"the {'text' if isinstance(node.value, str) else 'number'} {_shown(node)}"


def _in_full(node: Node, error: Any) -> str | None:
    """What stands for the one key of a mapping that everybody means, written in full."""
    step = next((one for one in reversed(error.absolute_path) if isinstance(one, str)), "")
    key = _MEANT.get(step)
    if key is None or error.validator_value != "object" or not isinstance(node, Scalar) or node.value is None:
        return None
    shown = "..." if key == "formula" else _shown(node)[1:-1]  # a formula is long, and has to be quoted
    return f"write it as {{{key}: {shown}}}"


def _type_hint(node: Node, limit: Any, form: str | None) -> str | None:
    if not isinstance(node, Scalar) or node.value is None:
        return "write it as name: value" if limit == "object" else None
    if limit == "array":
        short = len(str(node.value)) < 40 and str(node.value).isprintable()
        return f"write it as a list: [{_shown(node)[1:-1]}]" if short else "write it as a list"
    if form and not isinstance(node.value, str):
        return form
    if limit == "string":
        evaluated = "${{" in node.file.text[node.start : node.end]
        return "add | string to the expression" if evaluated else "put it in quotes"
    if limit == "boolean" and str(node.value).lower() in ("yes", "no", "on", "off"):
        return "write true or false"
    written = isinstance(node.value, str) and not isinstance(resolve(node.value), str)
    return "take the quotes away" if written and limit in ("integer", "number", "boolean") else None


def form(error: Any) -> str | None:
    """What a form asks for, as a hint."""
    form = error.schema.get("x-form") if isinstance(error.schema, dict) else None
    return f"write {form}" if form else None


def quoted(names: Any) -> str:
    """Names for a sentence."""
    return ", ".join(f'"{name}"' for name in names)
