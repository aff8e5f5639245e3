"""Parameters: declared in the spec, given by the caller, converted and checked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping as Map
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from batchspec.diag import Diagnostic
from batchspec.diag.nearest import listing, nearest
from batchspec.reading import Node, Scalar
from batchspec.reading.limits import MAX_FINDINGS
from batchspec.source import SourceFile
from batchspec.spec.model import Parameter
from batchspec.spec.shape import Misfit, Moment

if TYPE_CHECKING:
    from batchspec.spec.pattern import Budget, Pattern

VARIABLE = "BATCHSPEC_PARAM_"  # what the variables that give parameters begin with
_KINDS = {bool: "boolean", int: "integer", float: "number"}
_WORDS = {"true": True, "false": False}
_NOWHERE = SourceFile("", b"")
_ARTICLE = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


class Given(NamedTuple):
    """A value that the caller brings. node: its place in a file of parameters; words: how it came."""

    value: Any
    node: Node | None = None
    words: str = "value given for"


def given(
    names: Iterable[str], environ: Map[str, str], listed: Map[str, Node], named: Map[str, Any]
) -> dict[str, Given]:
    """What the caller brings, by the parameters' names: from the environment, over it from files, over it by name."""
    made: dict[str, Given] = {}
    for name in names:
        variable = f"{VARIABLE}{name.upper()}"
        if variable in environ:
            made[name] = Given(environ[variable], words=f"value of {variable} for")
    for name, node in listed.items():
        made[name] = Given(node.value if isinstance(node, Scalar) else None, node)
    for name, value in named.items():
        made[name] = Given(value)
    return made


def settle(declared: Map[str, Parameter], brought: Map[str, Given], found: list[Diagnostic]) -> dict[str, Any]:
    """The values of the declared parameters. What cannot be settled is reported, and is not among them."""
    for name, one in brought.items():
        if name not in declared and len(found) < MAX_FINDINGS:
            near = nearest(name, declared)
            hint = f'did you mean "{near}"?' if near else f"declared are: {listing(declared) or 'none'}"
            place = one.node.span if one.node is not None else None
            found.append(Diagnostic("BS208", f'the spec has no parameter "{name}"', place, hint=hint))
    budget = _budget() if any(parameter.pattern is not None for parameter in declared.values()) else None
    settled: dict[str, Any] = {}
    for name, parameter in declared.items():
        value = _settled(name, parameter, brought.get(name), budget, found)
        if value is not None:
            settled[name] = value
    return settled


def _budget() -> Budget:
    from batchspec.spec.pattern import Budget  # few specs have patterns

    return Budget()


def _settled(
    name: str, parameter: Parameter, brought: Given | None, budget: Budget | None, found: list[Diagnostic]
) -> Any:
    """The value, which is never null; or None, and why."""
    try:
        if parameter.pattern is None or budget is None:
            return _value(name, parameter, brought, None)
        return _with_pattern(name, parameter, brought, budget)
    except _Refused as error:
        found.append(error.found)
    return None


def _with_pattern(name: str, parameter: Parameter, brought: Given | None, budget: Budget) -> Any:
    from batchspec.spec.pattern import BadPattern, Pattern

    try:
        return _value(name, parameter, brought, Pattern(parameter.pattern or "", budget))
    except BadPattern as error:
        place = parameter.at("pattern").span
        raise _Refused(Diagnostic("BS105", error.message, place, f"{parameter.pointer}/pattern", error.hint)) from None


class _Refused(Exception):
    def __init__(self, found: Diagnostic) -> None:
        super().__init__()
        self.found = found


def _value(name: str, parameter: Parameter, brought: Given | None, pattern: Pattern | None) -> Any:
    """The value of one parameter. Raises _Refused, BadPattern."""
    default = parameter.at("default")
    if parameter.secret and parameter.has("default") and not (isinstance(default, Scalar) and default.secret):
        message, hint = f'the default of the secret parameter "{name}" is written here', "let the caller give it"
        raise _Refused(Diagnostic("BS220", message, default.span, f"{parameter.pointer}/default", hint))
    if brought is not None:
        words = brought.words
        place = parameter.node.span if brought.node is None else brought.node.span
        # A file has types of its own: a text in it is a text.
        value = convert(brought.value, kind_of(parameter)) if brought.node is None else brought.value
    elif parameter.has("default"):
        value, place, words = parameter.default, default.span, "default of"
    else:
        hint = f"give one with -p {name}=..., or declare a default"
        message, pointer = f'parameter "{name}" has no value', parameter.pointer
        raise _Refused(Diagnostic("BS209", message, parameter.node.span, pointer, hint))
    problem = wrong(value, parameter, pattern)
    if problem:
        message = f'the {words} parameter "{name}" is {problem}'
        raise _Refused(Diagnostic("BS210", message, place, parameter.pointer))
    return int(value) if kind_of(parameter) == "integer" else value


def kind_of(parameter: Parameter) -> str:
    """The type that is declared; else that of the default."""
    if parameter.has("type") or not parameter.has("default"):
        return parameter.type
    return _KINDS.get(type(parameter.default), "string")


def convert(value: Any, kind: str) -> Any:
    """A text from a command line as the type that is declared; what does not fit stays a text."""
    if not isinstance(value, str) or kind == "string":
        return value
    if kind == "boolean":
        return _WORDS.get(value.lower(), value)
    try:
        made = int(value) if kind == "integer" else float(value)
    except ValueError:
        return value
    return made if math.isfinite(made) else value


def wrong(value: Any, parameter: Parameter, pattern: Pattern | None = None) -> str | None:
    """What is wrong with a value, or None. Raises BadPattern when its pattern takes too much work."""
    shown = (
        "a secret one" if parameter.secret else f'"{_short(value if isinstance(value, str) else json.dumps(value))}"'
    )
    if not _is(value, kind_of(parameter)):
        return f"{shown}, which is not {_ARTICLE[kind_of(parameter)]}"
    if parameter.enum is not None and not any(_same(value, one) for one in parameter.enum):
        return f"{shown}, which is not one of {', '.join(map(str, parameter.enum))}"
    if isinstance(value, str):
        return _wrong_text(value, shown, parameter, pattern)
    if isinstance(value, bool):
        return None
    if parameter.minimum is not None and value < parameter.minimum:
        return f"{shown}, which is less than {parameter.minimum}"
    if parameter.maximum is not None and value > parameter.maximum:
        return f"{shown}, which is more than {parameter.maximum}"
    return None


def _wrong_text(value: str, shown: str, parameter: Parameter, pattern: Pattern | None) -> str | None:
    if parameter.format == "date" and not _is_date(value):
        return f"{shown}, which is not a date (YYYY-MM-DD)"
    if parameter.format == "date-time" and not _is_moment(value):
        return f"{shown}, which is not a moment (YYYY-MM-DDTHH:MM:SSZ)"
    if parameter.min_length is not None and len(value) < parameter.min_length:
        return f"{shown}, which has fewer than {parameter.min_length:,} characters"
    longest = parameter.max_length
    if pattern is not None:
        longest = pattern.longest if longest is None else min(longest, pattern.longest)
    if longest is not None and len(value) > longest:
        return f"{shown}, which has more than {longest:,} characters"
    if pattern is not None and not pattern.matches(value):
        return f'{shown}, which does not match "{parameter.pattern}"'
    return None


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:197]}..."


def _same(value: Any, other: Any) -> bool:
    """Equal as in JSON Schema, where true is not 1."""
    return isinstance(value, bool) is isinstance(other, bool) and bool(value == other)


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


def _is_moment(text: str) -> bool:
    try:
        Moment().bind(Scalar(_NOWHERE, 0, 0, text), "", {})
    except Misfit:
        return False
    return True
