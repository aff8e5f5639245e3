"""Jinja's sandbox, made smaller: no loops, no calls but a few pure ones, every result bounded."""

from __future__ import annotations

from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

LONGEST = 1_000_000  # characters of any text on the way
LARGEST = 10**30  # of any whole number on the way

FILTERS = (
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
MAX_FILL = 1_000


class Sandbox(SandboxedEnvironment):
    """An environment for expressions from strangers."""

    intercepted_binops = frozenset(["+", "*", "**", "%", "/", "//", "-"])

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Carry out an operator, unless what comes out would be too large."""
        if operator == "**" and not (abs(left) <= 10**6 and 0 <= right <= 64):
            raise SecurityError("the power is too large")
        if operator == "*" and (isinstance(left, str) or isinstance(right, str)):
            text, times = (left, right) if isinstance(left, str) else (right, left)
            if len(text) * times > LONGEST:
                raise SecurityError("the text is too long")
        if operator == "*" and not isinstance(left, (int, float, str)):
            raise SecurityError("only numbers and texts can be multiplied")
        if operator == "%" and isinstance(left, str):
            raise SecurityError("% formats nothing here; write ${{ }} where the value goes")
        value = super().call_binop(context, operator, left, right)
        return self.bounded(value)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call one of the few methods of a text."""
        name = getattr(obj, "__name__", "")
        if not isinstance(getattr(obj, "__self__", None), str) or name not in METHODS:
            raise SecurityError("only methods of texts can be called")
        if name == "zfill" and args and args[0] > MAX_FILL:
            raise SecurityError("the text is too long")
        return self.bounded(super().call(context, obj, *args, **kwargs))

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
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests = {name: made.tests[name] for name in ("defined", "undefined", "none", "odd", "even", "in")}
    made.globals = {"null": None}
    return made
