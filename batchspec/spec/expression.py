"""`${{ ... }}`: found in any string, evaluated in a sandbox, bounded in size and in result.

A string that is one whole expression keeps the value's type; otherwise the values become part of the text.
A plain reference (`params.date`), with a plain default or without, is looked up directly; all else is a Jinja
expression in Jinja's sandbox, imported only then. A property test holds that both ways agree.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from batchspec.spec.sandbox import Sandbox

MAX_SOURCE = 2_000  # characters of one expression
MAX_RESULT = 1_000_000  # characters of what a string becomes

_REFERENCE = re.compile(
    r"""\s*([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)\s*(\|\s*default\(\s*(null|"[^"\\]*"|'[^'\\]*')\s*\)\s*)?"""
)

_PARAMETERS = re.compile(r"(?<![\w.])params\b(?:\s*\.\s*(\w+))?")

_NOUNS = {
    "params": ("there is no parameter", "the parameters are"),
    "matrix": ("the matrix has no axis", "its axes are"),
}

Single: TypeAlias = "bool | int | float | str | None"  # what an expression may give


class BadExpression(Exception):
    """An expression that cannot be evaluated; start and end are offsets within the string."""

    def __init__(self, message: str, start: int, end: int, hint: str | None = None, code: str = "BS207") -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.hint, self.code = message, start, end, hint, code


class Withheld(Exception):
    """A value that is not known, for a fault that is told elsewhere: what needs it stays unknown, silently."""


@dataclass(frozen=True)
class Piece:
    """One expression of a string, and where it stands there."""

    source: str
    start: int
    end: int

    def is_secret(self, hidden: Collection[str]) -> bool:
        """Whether the caller's environment has a part in it, itself or through the parameters `hidden`."""
        return self.uses("env") or self.is_secret_by(hidden)

    def is_secret_by(self, hidden: Collection[str]) -> bool:
        """Whether a hidden parameter has a part in it."""
        return bool(hidden) and any(not name or name in hidden for name in _PARAMETERS.findall(self.source))

    def uses(self, context: str) -> bool:
        """Whether it speaks of a context."""
        return re.search(rf"(?<![\w.]){context}\b", self.source) is not None


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[Piece, ...]:
    """The expressions of a string."""
    if "${{" not in text:
        return ()
    found: list[Piece] = []
    start = text.find("${{")
    while start >= 0:
        end = text.find("}}", start)
        if end < 0:
            raise BadExpression('"${{" is not closed by "}}"', start, len(text))
        found.append(Piece(text[start + 3 : end], start, end + 2))
        start = text.find("${{", end + 2)
    return tuple(found)


def evaluate(text: str, contexts: Mapping[str, Mapping[str, Any]]) -> Single:
    """What the string becomes. Raises BadExpression, and Withheld as the contexts do."""
    parts = pieces(text)
    if len(parts) == 1 and parts[0].start == 0 and parts[0].end == len(text):
        return _value(parts[0], contexts)
    made, at, size = [], 0, 0
    for piece in parts:
        shown = _show(_value(piece, contexts), piece)
        size += len(shown)
        if size > MAX_RESULT:
            raise BadExpression(f"the result has more than {MAX_RESULT:,} characters", piece.start, piece.end)
        made += [text[at : piece.start], shown]
        at = piece.end
    return "".join((*made, text[at:]))


def _show(value: Single, piece: Piece) -> str:
    if value is None:
        raise BadExpression("the value is null, which cannot be part of a text", piece.start, piece.end)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(piece: Piece, contexts: Mapping[str, Mapping[str, Any]]) -> Single:
    if len(piece.source) > MAX_SOURCE:
        raise BadExpression(f"the expression has more than {MAX_SOURCE:,} characters", piece.start, piece.end)
    match = _REFERENCE.fullmatch(piece.source)
    if match and match[1] in contexts:
        context, name, fallback = contexts[match[1]], match[2], match[4]
        if name in context:
            return context[name]  # type: ignore[no-any-return]  # contexts hold single values
        if fallback is not None:
            return None if fallback == "null" else fallback[1:-1]
    return _compute(piece, contexts)


def _compute(piece: Piece, contexts: Mapping[str, Mapping[str, Any]]) -> Single:
    import jinja2

    try:
        environment = _environment()
        compiled = environment.compile_expression(piece.source, undefined_to_none=False)
        value = environment.bounded(compiled(**contexts))
        if isinstance(value, jinja2.Undefined):
            value._fail_with_undefined_error()  # noqa: SLF001  Jinja's own way to say which name it was
    except Withheld:
        raise
    except jinja2.UndefinedError:
        raise _unknown(piece, contexts) from None
    except jinja2.TemplateSyntaxError as error:
        raise BadExpression(f"the expression cannot be read: {error.message}", piece.start, piece.end) from error
    except RecursionError as error:
        raise BadExpression("the expression is nested too deeply", piece.start, piece.end) from error
    except Exception as error:  # what an expression's own operators and filters raise
        raise BadExpression(f"the expression failed: {error}", piece.start, piece.end) from error
    if not isinstance(value, (type(None), bool, int, float, str)):
        raise BadExpression("the expression gives neither a text nor a number", piece.start, piece.end)
    return str(value) if isinstance(value, str) else value


def _unknown(piece: Piece, contexts: Mapping[str, Mapping[str, Any]]) -> BadExpression:
    for name in re.finditer(r"(?<![\w.'\"])([A-Za-z_]\w*)\.([A-Za-z_]\w*)", piece.source):
        context, item = name[1], name[2]
        if context in contexts and item not in contexts[context]:
            if context == "env":
                hint = f"write env.{item} | default(null) to leave it out when it is not set"
                message = f'the environment variable "{item}" is not set'
                return BadExpression(message, piece.start, piece.end, hint, "BS214")
            known = sorted(contexts[context])
            near = get_close_matches(item, known, 1)
            problem, listed = _NOUNS.get(context, (f'"{context}" has no', "it has"))
            listing = f"{listed} {', '.join(known)}" if known else None
            said = f'did you mean "{near[0]}"?' if near else listing
            return BadExpression(f'{problem} "{item}"', piece.start, piece.end, said)
        if context == "matrix" and context not in contexts:
            return BadExpression("there is no matrix here", piece.start, piece.end)
    return BadExpression(
        f'"{piece.source.strip()}" speaks of something that is not known here', piece.start, piece.end,
        f"the contexts are {', '.join(sorted(contexts))}",
    )  # fmt: skip


@lru_cache(maxsize=1)
def _environment() -> Sandbox:
    from batchspec.spec.sandbox import environment

    return environment()
