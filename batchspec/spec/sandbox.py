"""Jinja's sandbox, made smaller: no loops, no calls but a few pure ones, every result on the way bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from batchspec.spec.expression import File

LONGEST = 1_000_000  # characters of any text on the way
LARGEST = 10**30  # of any whole number on the way
MOST_DIGITS = 30  # that round() keeps or drops
MAX_FILL = 1_000

NAMES = (
    "abs", "capitalize", "default", "d", "first", "float", "int", "last", "length", "lower", "max", "min",
    "replace", "round", "string", "title", "trim", "upper",
)  # fmt: skip
METHODS = frozenset(
    (
        "startswith",
        "endswith",
        "lower",
        "upper",
        "strip",
        "lstrip",
        "rstrip",
        "zfill",
        "removeprefix",
        "removesuffix",
    )
)


class _Joined(CodeGenerator):
    """`a ~ b` goes through the environment like the other operators; Jinja itself would join without a bound."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802  named by Jinja
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class Sandbox(SandboxedEnvironment):
    """An environment for expressions from strangers."""

    code_generator_class = _Joined
    intercepted_binops = frozenset(["+", "*", "**", "%", "/", "//", "-"])

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A context's item, or one of the few methods of a text; nothing else has attributes here."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, str) and attribute in METHODS:
            return getattr(obj, attribute)
        if isinstance(obj, File) and attribute in File.PARTS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item only: Jinja would look for an attribute when there is none."""
        if isinstance(obj, Mapping):
            return self.getattr(obj, argument)
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Carry out an operator, unless what comes out would be too large."""
        if operator == "**" and not (abs(left) <= 10**6 and 0 <= right <= 64):
            raise SecurityError("the power is too large")
        if operator == "*":
            texts = [value for value in (left, right) if isinstance(value, str)]
            times = [value for value in (left, right) if isinstance(value, (int, float))]
            if len(texts) + len(times) != 2:
                raise SecurityError("only numbers and texts can be multiplied")
            if texts and times and len(texts[0]) * times[0] > LONGEST:
                raise SecurityError("the text is too long")
        if operator == "%" and isinstance(left, str):
            raise SecurityError("% formats nothing here; write ${{ }} where the value goes")
        return self.bounded(super().call_binop(context, operator, left, right))

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call one of the few methods of a text."""
        name = getattr(obj, "__name__", "")
        if not isinstance(getattr(obj, "__self__", None), str) or name not in METHODS:
            raise SecurityError("only methods of texts can be called")
        if name == "zfill" and args and args[0] > MAX_FILL:
            raise SecurityError("the text is too long")
        return self.bounded(super().call(context, obj, *args, **kwargs))

    def joined(self, parts: tuple[Any, ...]) -> str:
        """The parts as one text."""
        made = [str(part) for part in parts]
        if sum(map(len, made)) > LONGEST:
            raise SecurityError("the text is too long")
        return "".join(made)

    @staticmethod
    def bounded(value: Any) -> Any:
        """The value, when it is of a reasonable size."""
        if isinstance(value, str) and len(value) > LONGEST:
            raise SecurityError("the text is too long")
        if isinstance(value, int) and abs(value) > LARGEST:
            raise SecurityError("the number is too large")
        return value


def environment() -> Sandbox:
    """A sandbox with the few filters that are needed, and JSON's names for its constants."""
    made = Sandbox(undefined=StrictUndefined, autoescape=False)
    made.filters = {name: _bounded(FILTERS[name]) for name in NAMES} | {"replace": _replace, "round": _round}
    made.tests = {name: made.tests[name] for name in ("defined", "undefined", "none", "odd", "even", "in")}
    made.globals = {"null": None}
    return made


def _bounded(filter_: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(filter_)  # with Jinja's marks of what the filter wants to be given
    def bounded(*args: Any, **kwargs: Any) -> Any:
        return Sandbox.bounded(filter_(*args, **kwargs))

    return bounded


def _replace(text: str, old: str, new: str) -> str:
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise SecurityError("the text is too long")
    return text.replace(old, new)


def _round(value: float, precision: int = 0, method: str = "common") -> Any:
    if abs(precision) > MOST_DIGITS:
        raise SecurityError("that many digits cannot be kept")
    return FILTERS["round"](value, precision, method)
